"""FEEL's time of day (DMN 1.5, 10.3.2.3.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from laneway.expressions.temporal.durations import DayTimeDuration, fraction_text
from laneway.expressions.temporal.gregorian import NANOSECONDS_PER_DAY
from laneway.expressions.temporal.zones import REFERENCE_DAY, local_offset, offset_text

__all__ = ["Clock", "Time", "put_clock"]

_SECOND = 1_000_000_000


class Clock:
    """What times and dates with times have in common: a nanosecond of the day, and where on earth it is meant.

    Attributes
    ----------
    nanosecond
        Since midnight, local.
    offset
        Seconds east of UTC; None for a local time.
    zone
        Name of a zone, whose offset at that time is ``offset``.
    """

    __slots__ = ("nanosecond", "offset", "zone")

    nanosecond: int
    offset: int | None
    zone: str | None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} doesn't change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} doesn't change")

    def __copy__(self) -> Clock:
        return self

    def __deepcopy__(self, memo: object) -> Clock:
        return self

    def comparable(self, other: Clock) -> bool:
        """Say whether two of one kind have an order by themselves: both have an offset, or neither."""
        return (self.offset is None) == (other.offset is None)

    @property
    def parts(self) -> tuple[Any, ...]:
        """What makes this value another than one that is equal to it."""
        return self.nanosecond, self.offset, self.zone

    @property
    def value(self) -> int:
        """Nanoseconds since midnight UTC of 1970-01-01, or local midnight without an offset: the standard's value."""
        return self.local_value - self.offset * _SECOND if self.offset else self.local_value

    @property
    def local_value(self) -> int:
        """The value as if there were no offset."""
        return self.nanosecond

    def value_beside(self, other: Clock) -> int:
        """Give the value for a comparison: where one of the two has no offset, it has that of the other (table 54)."""
        return self.value if self.comparable(other) else self.local_value

    def _beside(self, other: object) -> int | None:
        """Give the value of another of this kind that has an order with this one."""
        return (
            other.value if isinstance(other, Clock) and type(other) is type(self) and self.comparable(other) else None
        )

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.value == self._beside(other)

    def __lt__(self, other: object) -> bool:
        value = self._beside(other)
        return NotImplemented if value is None else self.value < value

    def __le__(self, other: object) -> bool:
        value = self._beside(other)
        return NotImplemented if value is None else self.value <= value

    def __gt__(self, other: object) -> bool:
        value = self._beside(other)
        return NotImplemented if value is None else self.value > value

    def __ge__(self, other: object) -> bool:
        value = self._beside(other)
        return NotImplemented if value is None else self.value >= value

    def __hash__(self) -> int:
        return hash((self.offset is None, self.value))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.parts

    @property
    def hour(self) -> int:
        return self.nanosecond // (3600 * _SECOND)

    @property
    def minute(self) -> int:
        return self.nanosecond // (60 * _SECOND) % 60

    @property
    def whole_second(self) -> int:
        return self.nanosecond // _SECOND % 60

    @property
    def second(self) -> int | Decimal:
        """The second of the minute with its fraction."""
        seconds, rest = divmod(self.nanosecond % (60 * _SECOND), _SECOND)
        return Decimal(seconds * _SECOND + rest).scaleb(-9).normalize() if rest else seconds

    @property
    def time_offset(self) -> DayTimeDuration | None:
        return None if self.offset is None else DayTimeDuration(self.offset * _SECOND)

    def clock_text(self) -> str:
        text = f"{self.hour:02d}:{self.minute:02d}:{self.whole_second:02d}{fraction_text(self.nanosecond % _SECOND)}"
        if self.zone is not None:
            return f"{text}@{self.zone}"
        return text if self.offset is None else text + offset_text(self.offset)

    def isoformat(self) -> str:
        return str(self)


_put_nanosecond = Clock.__dict__["nanosecond"].__set__
_put_offset = Clock.__dict__["offset"].__set__
_put_zone = Clock.__dict__["zone"].__set__


def put_clock(value: Clock, nanosecond: int, offset: int | None, zone: str | None) -> None:
    """Fill a new value; the slots' own setters are the quickest way past __setattr__."""
    _put_nanosecond(value, nanosecond)
    _put_offset(value, offset)
    _put_zone(value, zone)


def _offset_of(zone: str, nanosecond: int) -> int:
    return local_offset(zone, REFERENCE_DAY, nanosecond // _SECOND)[0]


class Time(Clock):
    """A time of day, local, with an offset, or in a zone.

    Two of them are equal, and have an order, if both have an offset or neither; then it is the time in UTC that counts,
    which may lie on the day before or after (XPath F&O 3.1, 9.4.9).
    """

    __slots__ = ()

    def __init__(self, nanosecond: int, offset: int | None = None, zone: str | None = None) -> None:
        if not 0 <= nanosecond < NANOSECONDS_PER_DAY:
            raise ValueError(f"there is no nanosecond {nanosecond} of a day")
        put_clock(self, nanosecond, offset if zone is None else _offset_of(zone, nanosecond), zone)

    def plus(self, nanoseconds: int) -> Time:
        """Move around the clock."""
        return Time((self.nanosecond + nanoseconds) % NANOSECONDS_PER_DAY, self.offset, self.zone)

    def __str__(self) -> str:
        return self.clock_text()

    def __repr__(self) -> str:
        return f"Time({self})"
