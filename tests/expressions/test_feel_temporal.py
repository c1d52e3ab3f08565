"""Dates, times and durations of FEEL."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from laneway.expressions import compile, feel, to_json_value
from laneway.expressions.temporal import YearMonthDuration

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2026-01-31")', date(2026, 1, 31)),
        ("date(2026, 1, 31)", date(2026, 1, 31)),
        ("date(year: 2026, month: 1, day: 31)", date(2026, 1, 31)),
        ('date("2026-02-30")', None),
        ("date(2026, 13, 1)", None),
        ('date(date and time("2026-01-31T10:00:00"))', date(2026, 1, 31)),
        ('time("10:30:00")', time(10, 30)),
        ('time("10:30:00.123Z")', time(10, 30, 0, 123000, UTC)),
        ("time(10, 30, 0)", time(10, 30)),
        ('time("25:00:00")', None),
        ('date and time("2026-01-31T10:30:00Z")', datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
        ('date and time(date("2026-01-31"), time("10:30:00"))', datetime(2026, 1, 31, 10, 30)),
        ('duration("P1DT2H")', timedelta(days=1, hours=2)),
        ('duration("-PT90M")', -timedelta(minutes=90)),
        ('duration("P1Y2M")', YearMonthDuration(14)),
        ('duration("P")', None),
        ('duration("PT")', None),
        ('years and months duration(date("2024-02-15"), date("2026-01-14"))', YearMonthDuration(22)),
        ('years and months duration(date("2026-01-14"), date("2024-02-15"))', YearMonthDuration(-22)),
        ('@"2026-01-31" + @"P1M"', date(2026, 2, 28)),
        ('@"2026-01-31" - @"P1M"', date(2025, 12, 31)),
        ('@"P1D" + @"2026-01-31"', date(2026, 2, 1)),
        ('@"2026-01-31T10:00:00" + @"PT30M"', datetime(2026, 1, 31, 10, 30)),
        ('@"2026-02-01" - @"2026-01-31"', timedelta(days=1)),
        ('@"10:00:00" + @"PT15H"', time(1, 0)),
        ('@"10:00:00" - @"09:00:00"', timedelta(hours=1)),
        ('@"P1D" * 2.5', timedelta(days=2, hours=12)),
        ('@"P1Y" / 2', YearMonthDuration(6)),
        ('@"P1D" / @"PT6H"', 4),
        ('-@"P1D"', -timedelta(days=1)),
        ('@"999999999-12-31" + @"P1D"', None),
        ('@"2026-01-31" < @"2026-02-01"', True),
        ('@"2026-01-31T10:00:00Z" = @"2026-01-31T11:00:00+01:00"', True),
        ('@"2026-01-31T10:00:00Z" > @"2026-01-31T10:00:00"', False),
        ('@"2026-01-31" in [@"2026-01-01"..@"2026-12-31"]', True),
        ('@"2026-01-31".year', 2026),
        ('@"2026-01-31".weekday', 6),
        ('@"2026-01-31T10:30:00Z".time offset', timedelta(0)),
        ('@"2026-01-31T10:30:00@Europe/Paris".timezone', "Europe/Paris"),
        ('@"P1DT2H3M4S".hours', 2),
        ('@"-P1DT2H".days', -1),
        ('@"P1Y2M".months', 2),
        ("now()", NOW),
        ("today()", date(2026, 3, 14)),
        ('now() < now() + @"PT1S"', True),
        ('day of week(@"2026-01-31")', "Saturday"),
        ('day of year(@"2026-02-01")', 32),
        ('week of year(@"2026-01-01")', 1),
        ('month of year(@"2026-01-31")', "January"),
        ('last day of month(@"2026-02-01")', date(2026, 2, 28)),
        ('abs(@"-P1D")', timedelta(days=1)),
        ('is(@"10:00:00Z", @"10:00:00+00:00")', True),
        ('is(1, "1")', False),
        ('sum([@"P1D", @"PT12H"])', None),
        ('max([@"2026-01-01", @"2026-05-01"])', date(2026, 5, 1)),
    ],
)
def test_temporal(text: str, expected: object) -> None:
    assert feel.evaluate(text, {}, NOW) == expected


@pytest.mark.parametrize(
    "text",
    ["2026-01-31", "10:30:00", "10:30:00.5", "10:30:00Z", "10:30:00+02:00", "2026-01-31T10:30:00", "2026-01-31T10:30:00.25Z",
     "2026-01-31T10:30:00@Europe/Paris", "P1D", "-P1DT2H", "PT0S", "PT1M2.5S", "P1Y", "P1Y2M", "-P2M"],
)  # fmt: skip
def test_the_text_of_a_value_reads_back_to_it(text: str) -> None:
    assert feel.evaluate(f'string(@"{text}")') == text
    assert to_json_value(feel.evaluate(f'@"{text}"')) == text


def test_the_clock_is_only_what_is_handed_in() -> None:
    expression = compile("=now()")
    assert expression.evaluate({}) is None
    assert expression.evaluate({}, NOW) == NOW


def test_json_of_anything() -> None:
    value = feel.evaluate('{a: @"2026-01-31", b: [@"P1D", 1.50], c: [1..2], f: function(x, y) x, d: (> 3)}')
    assert to_json_value(value) == {
        "a": "2026-01-31", "b": ["P1D", feel.evaluate("1.5")], "c": "[1..2]", "f": "function(x, y)", "d": "(> 3)",
    }  # fmt: skip
