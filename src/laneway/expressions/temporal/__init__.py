"""Dates, times and durations as FEEL has them (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8).

Python's own are no measure for them: FEEL's years reach from -999,999,999 to 999,999,999, seconds have nine digits behind
the point, a time of day may lie in a zone, and months are a duration of their own. All are immutable, hashable, and
ordered among their kind; ``str`` gives the text that reads back to the value.
"""

from laneway.expressions.temporal.dates import Date
from laneway.expressions.temporal.durations import DayTimeDuration, YearMonthDuration
from laneway.expressions.temporal.moments import DateTime
from laneway.expressions.temporal.python import FOREIGN, TEMPORAL, native, own
from laneway.expressions.temporal.reading import (
    function_of_at_literal,
    parse_at_literal,
    parse_date,
    parse_date_and_time,
    parse_duration,
    parse_time,
)
from laneway.expressions.temporal.times import Time

__all__ = [
    "FOREIGN",
    "TEMPORAL",
    "Date",
    "DateTime",
    "DayTimeDuration",
    "Time",
    "YearMonthDuration",
    "function_of_at_literal",
    "native",
    "own",
    "parse_at_literal",
    "parse_date",
    "parse_date_and_time",
    "parse_duration",
    "parse_time",
]
