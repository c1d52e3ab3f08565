"""``personal_data``: e-mail addresses, telephone numbers, bank accounts and payment cards.

Config: ``kinds``, a list of ``email phone iban card``; default: all. Accounts and cards are held against their check digits
(ISO 13616 with ISO 7064 MOD 97-10; ISO/IEC 7812-1, Luhn), so that order numbers are left alone. Names of people are no pattern
and are not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from laneway.governance.guardrails.base import TextGuardrail, finder, linear

KINDS: Final[Mapping[str, str]] = {
    "email": r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "iban": r"(?i)\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}\b",
    "card": r"\b[0-9](?:[ -]?[0-9]){12,18}\b",
    "phone": r"(?:\+|\b00)[1-9][0-9]{0,2}(?:[ ./()-]{0,2}[0-9]){6,12}\b|\(?\b0[1-9][0-9]{1,4}\)?[ /.-](?:[ /.-]?[0-9]){5,9}\b",
}


def create(config: Mapping[str, Any]) -> TextGuardrail:
    unknown = sorted(set(config) - {"kinds"})
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known is kinds")
    kinds = config.get("kinds", list(KINDS))
    if not isinstance(kinds, list) or not kinds or any(kind not in KINDS for kind in kinds):
        raise ValueError(f"`kinds` is a list of {', '.join(KINDS)}")
    patterns = {kind: linear(KINDS[kind]) for kind in KINDS if kind in kinds}
    # Of numbers, only a card's is told by itself.
    cards = {kind: pattern for kind, pattern in patterns.items() if kind == "card"}
    return TextGuardrail(finder(patterns, _holds), "redact", finder(cards, _holds))


def _holds(kind: str, text: str) -> bool:
    letters = "".join(character for character in text if character.isalnum())
    if kind == "iban":
        return any(_mod_97(letters[:length].upper()) == 1 for length in range(15, min(len(letters), 34) + 1))
    return kind != "card" or _luhn(letters)


def _mod_97(account: str) -> int:
    return int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(digits)) > 1
