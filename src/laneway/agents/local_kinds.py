"""The built-in kinds of ``extract``: sums of money, order numbers, dates, addresses, tones. Rules, no model."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from laneway.agents.local_words import ANGER, LEGAL, folded, found_phrases, guess_language

Found = list[tuple[Any, str]]
"""Value and the text it was read from, in the order of the text."""

_CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD",
    "dolares": "USD", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "chf": "CHF", "franken": "CHF",
}  # fmt: skip
_SIGN = r"(?:€|\$|£|(?<![A-Za-z])(?:EUR|USD|GBP|CHF|[Ee]uros?|[Dd]ollars?|[Dd][óo]lares|[Pp]ounds?|[Ff]ranken)\b)"
_DIGITS = r"[0-9]{1,3}(?:[.,'’\u00a0 ][0-9]{3}){1,4}(?:[.,][0-9]{1,2})?|[0-9]{1,12}(?:[.,][0-9]{1,2})?"
_MONEY = re.compile(
    rf"(?P<before>{_SIGN})\s?(?P<first>{_DIGITS})(?![0-9])|(?<![0-9.,])(?P<second>{_DIGITS})\s?(?P<after>{_SIGN})"
)

_ORDER_WORD = r"(?:order|purchase|shipment|parcel|tracking|bestell\w{0,12}|auftrag\w{0,12}|sendung\w{0,12}|commande|colis|pedido|envío|compra)"
_NUMBER_WORD = r"(?:no|nr|num|number|nummer|numéro|numero|número|n[º°])"
_GAP = rf"(?:[^0-9\n.!?]|\b{_NUMBER_WORD}\.){{0,25}}?"
# A bare number needs five digits, so that years are none; after a word for "number" or a # three are enough.
_ORDERS = (
    re.compile(
        rf"\b{_ORDER_WORD}\b{_GAP}\b(?P<number>[A-Z]{{1,4}}[-/]?[0-9]{{3,12}}(?:-[0-9]{{1,8}})?)\b", re.IGNORECASE
    ),
    re.compile(rf"\b{_ORDER_WORD}\b{_GAP}(?<![0-9.,-])(?P<number>[0-9]{{5,12}})\b(?!\.?[,/-]?[0-9])", re.IGNORECASE),
    re.compile(rf"\b{_ORDER_WORD}\b{_GAP}\b{_NUMBER_WORD}\b[.: #]{{0,3}}(?P<number>[0-9]{{3,12}})\b", re.IGNORECASE),
    re.compile(r"(?<![\w-])(?P<number>[A-Z]{1,4}-[0-9]{4,12})\b"),
    re.compile(r"(?<![\w&])#(?P<number>[0-9]{3,12})\b"),
)
_AFTER_MONEY = re.compile(rf"\s?{_SIGN}")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar janvier enero jan", "february februar fevrier febrero feb", "march marz mars marzo mar",
            "april avril abril apr", "may mai mayo", "june juni juin junio jun", "july juli juillet julio jul",
            "august aout agosto aug", "september septembre septiembre sep sept", "october oktober octobre octubre oct okt",
            "november novembre noviembre nov", "december dezember decembre diciembre dec dez",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_DATE = re.compile(
    r"\b(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2})\b"
    r"|\b(?P<day>[0-9]{1,2})(?P<mark>[./-])(?P<month>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})\b"
    r"|\b(?P<day2>[0-9]{1,2})(?:\.|st|nd|rd|th|er)? (?:de |of )?(?P<name2>[^\W\d_]{3,10})\.?,? (?:de |del )?(?P<year2>[0-9]{4})\b"
    r"|\b(?P<name3>[^\W\d_]{3,10})\.? (?P<day3>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<year3>[0-9]{4})\b"
)
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}\b")
_PHONE = re.compile(
    r"(?<![\w+])(?:\+|00)[0-9](?:[ ()/.-]{0,2}[0-9]){7,14}(?![0-9])|(?<![\w+.,])0[0-9](?:[ ()/-]{0,2}[0-9]){6,12}(?![0-9])"
)


def amounts(text: str) -> Found:
    """Largest first: a message names the price more often than it names something dearer."""
    return sorted(((value, said) for value, _, said in _money(text)), key=lambda found: -found[0])


def currencies(text: str) -> Found:
    largest_first = sorted(_money(text), key=lambda found: -found[0])
    return [(currency, said) for _, currency, said in largest_first]


def _money(text: str) -> list[tuple[Decimal, str, str]]:
    found = []
    for match in _MONEY.finditer(text):
        sign = folded(match.group("before") or match.group("after"))
        value = number_in(match.group("first") or match.group("second"))
        found.append((value, _CURRENCIES.get(sign, sign.upper()), match.group(0)))
    return found


def number_in(text: str) -> Decimal:
    """``1,234.50``, ``1.234,50``, ``1 234,50``, ``1'234.50`` → 1234.50. A last group of one or two digits are the cents."""
    bare = re.sub(r"['’\u00a0 ]", "", text)
    match = re.fullmatch(r"(.*?)[.,]([0-9]{1,2})", bare)
    whole, cents = (match.group(1), match.group(2)) if match else (bare, "")
    digits = re.sub(r"[.,]", "", whole)
    return Decimal(f"{digits}.{cents}" if cents else digits)


def order_numbers(text: str) -> Found:
    """Those after a word for an order first, then those that only look like one."""
    found: dict[int, tuple[int, str, str]] = {}
    for index, pattern in enumerate(_ORDERS):
        for match in pattern.finditer(text):
            if not _AFTER_MONEY.match(text, match.end("number")):
                place = (index // 3, match.group("number").upper(), match.group(0))
                found.setdefault(match.start("number"), place)
    return [(number, said) for _, (_, number, said) in sorted(found.items(), key=lambda entry: (entry[1][0], entry[0]))]


def dates(text: str) -> Found:
    found = []
    for match in _DATE.finditer(text):
        value = _date(match)
        if value is not None:
            found.append((value.isoformat(), match.group(0)))
    return found


def _date(match: re.Match[str]) -> date | None:
    try:
        if match.group("iso"):
            return date.fromisoformat(match.group("iso"))
        if match.group("day"):
            day, month = int(match.group("day")), int(match.group("month"))
            # Day first, as most of the world writes; month first only where it cannot be else.
            return date(int(match.group("year")), *((day, month) if month > 12 else (month, day)))
        suffix = "2" if match.group("day2") else "3"
        month_number = _MONTHS.get(folded(match.group(f"name{suffix}")))
        if month_number is None:
            return None
        return date(int(match.group(f"year{suffix}")), month_number, int(match.group(f"day{suffix}")))
    except ValueError:
        return None


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Found]:
    return lambda text: [(match.group(0), match.group(0)) for match in pattern.finditer(text)]


def _tone(phrases: tuple[str, ...]) -> Callable[[str], Found]:
    def tone(text: str) -> Found:
        hits = found_phrases(text, phrases)
        return [(bool(hits), ", ".join(hits))]

    return tone


KINDS: dict[str, Callable[[str], Found]] = {
    "amount": amounts,
    "currency": currencies,
    "order_number": order_numbers,
    "date": dates,
    "email": _matches(_EMAIL),
    "phone": _matches(_PHONE),
    "language": lambda text: [(guess_language(text), "")],
    "anger": _tone(ANGER),
    "legal": _tone(LEGAL),
}
