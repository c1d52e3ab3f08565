"""ISO 8601 durations of a fixed length, in seconds."""

from __future__ import annotations

from decimal import Decimal


class DurationFault(ValueError):
    """Not a duration, or one without a fixed length."""


def seconds(text: str) -> float:
    """``PT1M30S`` → 90.0.

    Raises
    ------
    DurationFault
        Not ISO 8601 (5.5.2.4), negative, or with years or months, whose length the calendar decides.
    """
    # Its reader brings a library of dates with all the world's month names: not while a process starts.
    from isoduration import parse_duration
    from isoduration.parser.exceptions import DurationParsingException

    try:
        duration = parse_duration(text)
    except DurationParsingException:
        raise DurationFault(f"{text!r} is not an ISO 8601 duration such as PT20S, PT5M or P1D") from None
    if duration.date.years or duration.date.months:
        raise DurationFault(f"{text!r} has years or months, which have no fixed length; write days")
    total = (
        (duration.date.weeks * 7 + duration.date.days) * Decimal(86_400)
        + duration.time.hours * 3_600
        + duration.time.minutes * 60
        + duration.time.seconds
    )
    if total < 0:
        raise DurationFault(f"{text!r} is negative")
    return float(total)
