"""Moments in JUEL: what ``now()`` and ``dateTime()`` give, and the methods of Java's and Joda's date classes on them.

Variables are JSON, so a date that Camunda 7 would keep as an object is a text here: a text of ISO 8601 stands for the moment that
it writes, wherever a moment is asked for. Without a zone it counts in the zone of what it is compared with.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.run import Run
from laneway.expressions.values import type_name

__all__ = ["MOMENT", "moment_of", "moment_text", "order_of_moments"]

Moment = date | datetime
Method = Callable[..., object]

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?(?:\[[\w/+-]{1,60}\])?)?"
)
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(value: object) -> Moment | None:
    """Take a moment, or read the text of one; None for anything else."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) > 100 or _ISO.fullmatch(value) is None:
        return None
    text = value.partition("[")[0]
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None


def _needed(value: object) -> Moment:
    moment = moment_of(value)
    if moment is None:
        raise ExpressionEvaluationError(
            f"A date is needed, not a {type_name(value)}.", hint="Write it as 2026-01-31 or 2026-01-31T12:00:00Z."
        )
    return moment


def _midnight(value: Moment) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)


def order_of_moments(a: object, b: object) -> int:
    """-1, 0 or 1 for earlier, the same and later."""
    first, second = _midnight(_needed(a)), _midnight(_needed(b))
    if first.tzinfo is None:
        first = first.replace(tzinfo=second.tzinfo)
    elif second.tzinfo is None:
        second = second.replace(tzinfo=first.tzinfo)
    return (first > second) - (first < second)


def moment_text(value: Moment) -> str:
    """ISO 8601, which timers and FEEL read."""
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _amount(value: object) -> int:
    if (
        isinstance(value, (int, Decimal))
        and not isinstance(value, bool)
        and -(10**18) < value < 10**18
        and value == int(value)
    ):
        return int(value)
    raise ExpressionEvaluationError(f"A whole number is needed, not a {type_name(value)}.")


def _out_of_range() -> ExpressionEvaluationError:
    return ExpressionEvaluationError("The date is outside the years 1 to 9999.")


def _by_length(sign: int, unit: timedelta) -> Method:
    def move(run: Run, value: Moment, amount: object) -> Moment:
        try:
            length = sign * _amount(amount) * unit
            return value + length if isinstance(value, datetime) or not length.seconds else _midnight(value) + length
        except OverflowError:
            raise _out_of_range() from None

    return move


def _by_months(sign: int, unit: int) -> Method:
    def move(run: Run, value: Moment, amount: object) -> Moment:
        year, month = divmod(value.year * 12 + value.month - 1 + sign * unit * _amount(amount), 12)
        if not 1 <= year <= 9999:
            raise _out_of_range()
        return value.replace(year=year, month=month + 1, day=min(value.day, monthrange(year, month + 1)[1]))

    return move


def _setter(part: str) -> Method:
    def change(run: Run, value: Moment, amount: object) -> Moment:
        number = _amount(amount) * (1000 if part == "microsecond" else 1)
        moment: Any = value if hasattr(value, part) else _midnight(value)
        try:
            changed: Moment = moment.replace(**{part: number})
            return changed
        except (ValueError, OverflowError):
            raise ExpressionEvaluationError(f"There is no {part} {_amount(amount)} in {moment_text(value)}.") from None

    return change


def _clock(part: str) -> Method:
    def read(run: Run, value: Moment) -> int:
        number: int = getattr(_midnight(value), part)
        return number // 1000 if part == "microsecond" else number

    return read


def _start_of_day(run: Run, value: Moment) -> datetime:
    return _midnight(value).replace(hour=0, minute=0, second=0, microsecond=0)


def _milliseconds(run: Run, value: Moment) -> int:
    moment = _midnight(value)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND


def _only_date(run: Run, value: Moment) -> date:
    return date(value.year, value.month, value.day)


_LETTERS = re.compile(r"'(?:[^']|'')*'|y+|M+|d+|H+|h+|m+|s+|S+|E+|a|Z+|X+|.", re.DOTALL)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _formatted(run: Run, value: Moment, pattern: object = None) -> str:
    """``toString()`` and ``toString("dd.MM.yyyy")``, with the letters of Java's DateTimeFormatter."""
    if pattern is None:
        return moment_text(value)
    if not isinstance(pattern, str) or len(pattern) > 100:
        raise ExpressionEvaluationError("The pattern of a date is a text such as 'dd.MM.yyyy'.")
    run.charge(10 * len(pattern) + 10)
    return "".join(_piece(piece, _midnight(value)) for piece in _LETTERS.findall(pattern))


def _piece(piece: str, value: datetime) -> str:
    letter, width = piece[0], len(piece)
    if letter == "'":
        return piece[1:-1].replace("''", "'") or "'"
    if letter == "y":
        return f"{value.year % 100:02d}" if width == 2 else str(value.year).zfill(width)
    if letter in ("M", "E") and width > 2:
        name = _MONTHS[value.month - 1] if letter == "M" else _DAYS[value.weekday()]
        return name if width > 3 else name[:3]
    numbers = {"M": value.month, "d": value.day, "H": value.hour, "h": value.hour % 12 or 12, "m": value.minute, "s": value.second}  # fmt: skip
    if letter in numbers:
        return str(numbers[letter]).zfill(width)
    if letter == "S":
        return f"{value.microsecond:06d}".ljust(width, "0")[:width]
    if letter == "E":
        return _DAYS[value.weekday()][:3]
    if letter == "a":
        return "AM" if value.hour < 12 else "PM"
    if letter in ("Z", "X"):
        offset = value.strftime("%z")
        return "Z" if letter == "X" and offset in ("+0000", "") else offset
    if letter.isalpha():
        raise ExpressionEvaluationError(
            f"The letter {letter} of a date's pattern is not known.", hint="There are y M d H h m s S E a Z X."
        )
    return piece


MOMENT: dict[str, Method] = {
    "before": lambda run, value, other: order_of_moments(value, other) < 0,
    "after": lambda run, value, other: order_of_moments(value, other) > 0,
    "isBefore": lambda run, value, other: order_of_moments(value, other) < 0,
    "isAfter": lambda run, value, other: order_of_moments(value, other) > 0,
    "isEqual": lambda run, value, other: order_of_moments(value, other) == 0,
    "isBeforeNow": lambda run, value: order_of_moments(value, run.now) < 0,
    "isAfterNow": lambda run, value: order_of_moments(value, run.now) > 0,
    "compareTo": lambda run, value, other: order_of_moments(value, other),
    "getTime": _milliseconds,
    "getMillis": _milliseconds,
    "toDate": lambda run, value: value,
    "toLocalDate": _only_date,
    "toLocalDateTime": lambda run, value: _midnight(value).replace(tzinfo=None),
    "toString": _formatted,
    "withTimeAtStartOfDay": _start_of_day,
    "atStartOfDay": _start_of_day,
    "getYear": lambda run, value: value.year,
    "getMonthValue": lambda run, value: value.month,
    "getMonthOfYear": lambda run, value: value.month,
    "getDayOfMonth": lambda run, value: value.day,
    "getDayOfWeek": lambda run, value: value.isoweekday(),
    "getDayOfYear": lambda run, value: value.timetuple().tm_yday,
    "lengthOfMonth": lambda run, value: monthrange(value.year, value.month)[1],
    "isLeapYear": lambda run, value: isleap(value.year),
}
for _names, _part in (
    (("getHour", "getHourOfDay"), "hour"), (("getMinute", "getMinuteOfHour"), "minute"),
    (("getSecond", "getSecondOfMinute"), "second"), (("getMillisOfSecond",), "microsecond"),
):  # fmt: skip
    MOMENT.update(dict.fromkeys(_names, _clock(_part)))
for _names, _part in (
    (("withYear",), "year"), (("withMonth", "withMonthOfYear"), "month"), (("withDayOfMonth",), "day"),
    (("withHour", "withHourOfDay"), "hour"), (("withMinute", "withMinuteOfHour"), "minute"),
    (("withSecond", "withSecondOfMinute"), "second"), (("withMillisOfSecond",), "microsecond"),
):  # fmt: skip
    MOMENT.update(dict.fromkeys(_names, _setter(_part)))
for _verb, _sign in (("plus", 1), ("minus", -1)):
    for _unit, _length in (("Weeks", 7 * 86_400), ("Days", 86_400), ("Hours", 3_600), ("Minutes", 60), ("Seconds", 1)):
        MOMENT[_verb + _unit] = _by_length(_sign, timedelta(seconds=_length))
    MOMENT[_verb + "Millis"] = _by_length(_sign, _MILLISECOND)
    MOMENT[_verb + "Years"] = _by_months(_sign, 12)
    MOMENT[_verb + "Months"] = _by_months(_sign, 1)
