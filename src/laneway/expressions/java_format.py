"""``java.lang.String.format`` for the values that FEEL has (the documentation of java.util.Formatter)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from laneway.expressions.limits import MAX_STRING_LENGTH
from laneway.expressions.results import text_of
from laneway.expressions.run import Run

__all__ = ["java_format"]

_SPECIFIER = re.compile(r"%(?:(\d{1,4})\$)?([-#+ 0,(]*)(\d{1,6})?(?:\.(\d{1,4}))?([a-zA-Z%])")


def java_format(pattern: str, arguments: list[object]) -> str:
    """Fill a pattern.

    Raises
    ------
    ValueError
        For what Java throws an IllegalFormatException about.
    """
    pieces: list[str] = []
    position = ordinary = length = 0
    while (start := pattern.find("%", position)) >= 0:
        match = _SPECIFIER.match(pattern, start)
        if match is None:
            raise ValueError(f"%{pattern[start + 1 : start + 6]} is no conversion")
        pieces.append(pattern[position:start])
        position = match.end()
        index, flags, width, precision, conversion = match.groups()
        if conversion == "n":
            piece = "\n"
        elif conversion == "%":
            piece = _padded("%", flags, width)
        else:
            if index is None:
                place, ordinary = ordinary, ordinary + 1
            else:
                place = int(index) - 1
            if not 0 <= place < len(arguments):
                raise ValueError(f"there is no argument for {match[0]}")
            piece = _converted(arguments[place], flags, width, precision, conversion)
        length += len(piece)
        if length > MAX_STRING_LENGTH:
            raise ValueError("the text gets too long")
        pieces.append(piece)
    pieces.append(pattern[position:])
    return "".join(pieces)


def _converted(value: object, flags: str, width: str | None, precision: str | None, conversion: str) -> str:
    kind = conversion.lower()
    number = isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)
    if value is None and kind in "sdfexo":
        text = "null"
    elif kind == "s":
        text = text_of(value, Run())
        text = text if precision is None else text[: int(precision)]
    elif kind == "b":
        text = "true" if value is True or (value is not None and not isinstance(value, bool)) else "false"
    elif kind == "c" and isinstance(value, str) and len(value) == 1:
        text = value
    elif kind in "dxo" and number and value == int(value):  # type: ignore[call-overload]
        whole = int(value)  # type: ignore[call-overload]
        digits = format(abs(whole), {"x": "x", "o": "o"}.get(kind, "," if "," in flags else "d"))
        return _padded(_signed(digits, whole < 0, flags, width), flags, width)
    elif kind in "fe" and number:
        amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)  # type: ignore[arg-type]
        places = 6 if precision is None else int(precision)
        if kind == "f":
            rounded = abs(amount).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
            digits = format(rounded, ",f" if "," in flags else "f")
        else:
            mantissa, _, exponent = format(abs(amount), f".{places}e").partition("e")
            digits = f"{mantissa}e{'-' if int(exponent) < 0 else '+'}{abs(int(exponent)):02d}"
        text = _signed(digits, amount < 0, flags, width)
    else:
        raise ValueError(f"%{conversion} doesn't take {text_of(value, Run())[:40]}")
    return _padded(text.upper() if conversion.isupper() else text, flags, width)


def _signed(digits: str, negative: bool, flags: str, width: str | None) -> str:
    if negative and "(" in flags:
        return f"({digits})"
    sign = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    if "0" in flags and width is not None:
        digits = digits.rjust(min(int(width), 100_000) - len(sign), "0")
    return sign + digits


def _padded(text: str, flags: str, width: str | None) -> str:
    size = 0 if width is None else min(int(width), 100_000)
    return text.ljust(size) if "-" in flags else text.rjust(size)
