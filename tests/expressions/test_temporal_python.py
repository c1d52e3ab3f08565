"""Python's own dates, times and durations: taken from callers, given back to them where they are exact."""

import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from laneway.expressions import compile, feel, to_json_value
from laneway.expressions.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration, native, own

PARIS = ZoneInfo("Europe/Paris")
INDIA = timezone(timedelta(hours=5, minutes=30))

PAIRS = [
    (date(2024, 2, 29), "2024-02-29"),
    (date(1, 1, 1), "0001-01-01"),
    (time(10, 30), "10:30:00"),
    (time(10, 30, 59, 250_000, UTC), "10:30:59.25Z"),
    (time(10, 30, tzinfo=INDIA), "10:30:00+05:30"),
    (time(10, 30, tzinfo=PARIS), "10:30:00@Europe/Paris"),
    (datetime(2024, 2, 29, 10, 30), "2024-02-29T10:30:00"),
    (datetime(2024, 2, 29, 10, 30, 0, 1, UTC), "2024-02-29T10:30:00.000001Z"),
    (datetime(2024, 2, 29, 10, 30, tzinfo=INDIA), "2024-02-29T10:30:00+05:30"),
    (datetime(2024, 2, 29, 10, 30, tzinfo=timezone(-timedelta(hours=1, seconds=1))), "2024-02-29T10:30:00-01:00:01"),
    (datetime(2024, 7, 1, 10, 30, tzinfo=PARIS), "2024-07-01T10:30:00@Europe/Paris"),
    (datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=1), "2024-10-27T02:30:00@Europe/Paris"),
    (datetime(9999, 12, 31, 23, 59, 59, 999_999), "9999-12-31T23:59:59.999999"),
    (timedelta(days=1, hours=2), "P1DT2H"),
    (-timedelta(microseconds=1), "-PT0.000001S"),
    (timedelta(0), "PT0S"),
    (timedelta.max, "P999999999DT23H59M59.999999S"),
    (timedelta.min, "-P999999999D"),
]


@pytest.mark.parametrize(("python", "text"), PAIRS)
def test_what_python_has_is_taken_and_given_back(python: object, text: str) -> None:
    found = native(own(python))
    assert (type(found), found) == (type(python), python)
    assert getattr(found, "fold", 0) == getattr(python, "fold", 0)
    assert str(own(python)) == text
    assert feel.evaluate("x", {"x": python}) == python
    assert feel.evaluate("string(x)", {"x": python}) == text
    assert feel.evaluate("string([{a: x}])", {"x": python}) == f'[{{a: @"{text}"}}]'
    assert to_json_value({"a": [python]}) == {"a": [text]}


@pytest.mark.parametrize(
    ("text", "kind"),
    [('@"10000-01-01"', Date), ('@"0000-12-31"', Date), ('@"10:30:00.0000001"', Time), ('@"2024-02-29T10:30:00.0000001Z"', DateTime),
     ('@"10000-01-01T00:00:00@Europe/Paris"', DateTime), ('@"PT0.0000001S"', DayTimeDuration), ('@"P1000000000D"', DayTimeDuration),
     ('@"P1Y"', YearMonthDuration)],
)  # fmt: skip
def test_what_python_can_not_say_stays_what_it_is(text: str, kind: type) -> None:
    found = feel.evaluate(text)
    assert type(found) is kind
    assert f'@"{found}"' == text
    assert feel.evaluate("x", {"x": found}) == found
    assert found.isoformat() == str(found)


NESTED = {
    "order": {"placed": date(2024, 2, 29), "days": [date(2024, 3, 1), date(2024, 2, 1)], "took": timedelta(hours=36)},
    "moments": [datetime(2024, 2, 29, 10, tzinfo=UTC), datetime(2024, 2, 29, 10, tzinfo=INDIA)],
    "clock": time(10, 30),
    "floats": [1.5],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order.placed.year", 2024), ("order.days.month", [3, 2]), ("order.took.days", 1), ('order.placed + @"P1D"', date(2024, 3, 1)),
        ("order.placed < order.days[1]", True), ("order.placed = order.days[1]", False), ('order.placed = @"2024-02-29"', True),
        ('order.placed in [@"2024-01-01"..@"2024-12-31"]', True), ("min(order.days)", date(2024, 2, 1)),
        ("order.days[item > order.placed]", [date(2024, 3, 1)]), ("moments[1] - moments[2]", timedelta(hours=5, minutes=30)),
        ("moments[1] > moments[2]", True), ("-order.took", -timedelta(hours=36)), ("order.took * 2", timedelta(days=3)),
        ("order.took + order.took", timedelta(days=3)), ("order.placed instance of date", True),
        ("moments[1] instance of date and time", True), ("day of week(order.days[1])", "Friday"),
        ("date and time(order.placed, clock)", datetime(2024, 2, 29, 10, 30)), ('list contains(order.days, @"2024-03-01")', True),
        ("is(order.placed, order.placed)", True), ("for d in order.days[2]..order.placed return d.day", list(range(1, 30))),
        ("sort(order.days, function(a, b) a < b)[1]", date(2024, 2, 1)), ("count(distinct values([order.placed, order.placed]))", 1),
        ('if order.placed > @"2024-01-01" then order.placed else null', date(2024, 2, 29)), ("floats[1] + 1", Decimal("2.5")),
    ],
)  # fmt: skip
def test_values_inside_lists_and_contexts(text: str, expected: object) -> None:
    assert feel.evaluate(text, NESTED) == expected


def test_values_of_classes_derived_from_python_s() -> None:
    class Stamp(datetime):
        pass

    given = {"x": Stamp(2024, 2, 29, 10, tzinfo=UTC), "l": [Stamp(2024, 2, 29, 10)]}
    assert feel.evaluate('string(x + @"P1D")', given) == "2024-03-01T10:00:00Z"
    assert feel.evaluate("l[1].hour", given) == 10


def test_ranges_are_given_back_with_python_s_ends() -> None:
    found = feel.evaluate('[@"2024-01-01"..@"2024-12-31"]')
    assert (found.start, found.end) == (date(2024, 1, 1), date(2024, 12, 31))
    assert feel.evaluate('@"2024-06-01" in x', {"x": found}) is True


def test_a_unary_test_about_a_value_of_python() -> None:
    assert feel.unary_test('>= @"2024-01-01"', date(2024, 2, 29)) is True
    assert feel.unary_test('[@"P1D"..@"P2D"]', timedelta(hours=36)) is True
    assert feel.unary_test('@"10:30:00"', time(10, 30)) is True
    assert feel.unary_test('day of week(?) = "Thursday"', date(2024, 2, 29)) is True


def test_juel_and_its_clock() -> None:
    now = datetime(2024, 2, 29, 10, tzinfo=UTC)
    assert compile("${now()}").evaluate({}, now) == now
    assert (
        compile("${now() > order.since}").evaluate({"order": {"since": datetime(2024, 2, 28, tzinfo=UTC)}}, now) is True
    )
    assert (
        compile("${day == other.day}").evaluate({"day": date(2024, 2, 29), "other": {"day": date(2024, 2, 29)}}) is True
    )


@pytest.mark.parametrize(
    "value",
    [Date(2024, 2, 29), Time(1), Time(1, 3600), Time(1, None, "Europe/Paris"), DateTime(Date(2024, 2, 29), 1, 0),
     DayTimeDuration(1), YearMonthDuration(14)],
)  # fmt: skip
def test_values_never_change_and_can_be_copied(value: object) -> None:
    for name in ("year", "nanosecond", "nanoseconds", "months", "offset", "anything"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(value, name, 1)
    again = pickle.loads(pickle.dumps(value))
    assert again == value
    assert hash(again) == hash(value)
    assert str(again) == str(value)
    assert copy.deepcopy([value]) == [value]
    assert value != "2024-02-29"


def test_a_date_that_is_none_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="no date 2023-2-29"):
        Date(2023, 2, 29)
    with pytest.raises(ValueError, match="nanosecond"):
        Time(86_400_000_000_000)
