"""Functions that make and read temporal values: every kind of argument, null, arity, names (DMN 1.5, 10.3.4.1, .7, .9)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from laneway.expressions import feel, to_json_value

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)

VALUES = {
    "null": "null", "number": "1", "string": '"x"', "boolean": "true", "list": "[1, 2]", "empty": "[]", "context": "{a: 1}",
    "range": "[1..2]", "function": "(function(x) x)", "date": '@"2024-02-29"', "time": '@"10:30:00"',
    "moment": '@"2024-02-29T10:30:00Z"', "duration": '@"P1DT2H"', "months": '@"P1Y2M"',
}  # fmt: skip
"""An expression of each kind of value."""


def value(text: str) -> object:
    return to_json_value(feel.evaluate(text, {}, NOW))


ONE_ARGUMENT = [
    ("date", "from", {"date": "2024-02-29", "moment": "2024-02-29"}),
    ("time", "from", {"date": "00:00:00Z", "time": "10:30:00", "moment": "10:30:00Z"}),
    ("date and time", "from", {"moment": "2024-02-29T10:30:00Z"}),
    ("duration", "from", {"duration": "P1DT2H", "months": "P1Y2M"}),
    ("day of week", "date", {"date": "Thursday", "moment": "Thursday"}),
    ("day of year", "date", {"date": 60, "moment": 60}),
    ("week of year", "date", {"date": 9, "moment": 9}),
    ("month of year", "date", {"date": "February", "moment": "February"}),
    ("last day of month", "date", {"date": "2024-02-29", "moment": "2024-02-29"}),
    ("abs", "n", {"duration": "P1DT2H", "months": "P1Y2M", "number": 1}),
]


@pytest.mark.parametrize(("name", "parameter", "results"), ONE_ARGUMENT)
@pytest.mark.parametrize("kind", VALUES)
def test_every_kind_of_argument(name: str, parameter: str, results: dict[str, object], kind: str) -> None:
    expected = results.get(kind)
    warnings: list[str] = []
    assert value(f"{name}({VALUES[kind]})") == expected
    assert value(f"{name}({parameter}: {VALUES[kind]})") == expected
    assert value(f"{name}([{VALUES[kind]}])") == expected, "a list of one stands for its element"
    feel.evaluate(f"{name}({VALUES[kind]})", {}, NOW, warnings)
    assert bool(warnings) == (expected is None)


@pytest.mark.parametrize(("name", "parameter", "results"), ONE_ARGUMENT)
def test_a_function_of_one_argument_takes_one_of_that_name(name: str, parameter: str, results: object) -> None:
    argument = '@"2024-02-29T10:30:00Z"' if name != "duration" and name != "abs" else '@"P1D"'
    assert value(f"{name}({argument})") is not None
    assert value(f"{name}()") is None
    assert value(f"{name}({argument}, {argument})") is None
    assert value(f"{name}(wrong: {argument})") is None
    assert value(f"{name}({parameter}: {argument}, wrong: {argument})") is None


SEVERAL_ARGUMENTS = [
    # name, parameters, arguments that fit, further kinds that fit at a position
    ("date", ("year", "month", "day"), ("2024", "2", "28"), {}),
    ("time", ("hour", "minute", "second"), ("10", "30", "59.5"), {}),
    ("time", ("hour", "minute", "second", "offset"), ("10", "30", "59.5", '@"-PT5H"'), {3: {"null"}}),
    ("date and time", ("date", "time"), ('@"2024-02-29"', '@"10:30:00"'), {0: {"moment"}}),
    ("date and time", ("date", "timezone"), ('@"2024-02-29T10:30:00Z"', '"Europe/Paris"'), {0: {"date"}, 1: {"time"}}),
    ("date and time", ("year", "month", "day", "hour", "minute", "second"), ("2024", "2", "28", "10", "30", "0"), {}),
    ("years and months duration", ("from", "to"), ('@"2022-01-31"', '@"2024-02-29"'), {0: {"moment"}, 1: {"moment"}}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "arguments", "others"), SEVERAL_ARGUMENTS)
def test_every_kind_at_every_position(
    name: str, parameters: tuple[str, ...], arguments: tuple[str, ...], others: dict[int, set[str]]
) -> None:
    own_kinds = {"year", "month", "day", "hour", "minute", "second"}
    for position, parameter in enumerate(parameters):
        fits = set(others.get(position, ()))
        fits |= {"number"} if parameter in own_kinds else set()
        fits |= {"date", "moment"} if parameter in ("date", "from", "to") else set()
        fits |= {"time"} if parameter == "time" else {"duration"} if parameter == "offset" else set()
        for kind, written in VALUES.items():
            if kind == "string" and parameter == "timezone":
                continue  # "x" is a string, but no zone
            given = [*arguments[:position], written, *arguments[position + 1 :]]
            if parameter in ("second", "offset") and kind in ("number", "duration"):
                given[position] = "1" if kind == "number" else '@"PT1H"'
            result = value(f"{name}({', '.join(given)})")
            assert (result is not None) == (kind in fits), (parameter, kind)


@pytest.mark.parametrize(("name", "parameters", "arguments", "others"), SEVERAL_ARGUMENTS)
def test_names_in_any_order(name: str, parameters: tuple[str, ...], arguments: tuple[str, ...], others: object) -> None:
    pairs = [f"{parameter}: {argument}" for parameter, argument in zip(parameters, arguments, strict=True)]
    expected = value(f"{name}({', '.join(arguments)})")
    assert expected is not None
    assert value(f"{name}({', '.join(pairs)})") == expected
    assert value(f"{name}({', '.join(reversed(pairs))})") == expected
    assert value(f"{name}({', '.join(pairs)}, wrong: 1)") is None
    assert value(f"{name}({', '.join(pairs).replace(parameters[0], 'wrong', 1)})") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date(2024, 2, 29)", "2024-02-29"), ("date(2023, 2, 29)", None), ("date(2024, 0, 1)", None), ("date(2024, 13, 1)", None),
        ("date(2024, 1, 0)", None), ("date(2024, 1, 32)", None), ("date(2024, 1, -1)", None), ("date(0, 1, 1)", "0000-01-01"),
        ("date(-44, 3, 15)", "-0044-03-15"), ("date(999999999, 12, 31)", "999999999-12-31"), ("date(1000000000, 1, 1)", None),
        ("date(-999999999, 1, 1)", "-999999999-01-01"), ("date(-1000000000, 12, 31)", None), ("date(10**30, 1, 1)", None),
        ("date(2024, 10**60, 1)", None), ("date(2024)", None), ("date(2024, 2)", None), ("date(2024, 2, 29, 1)", None),
        ('date("2024", "2", "29")', None), ("date(from: 2024)", None), ("date(year: 2024, month: 2)", None),
        ("date(year: 2024, month: 2, month: 3)", None),
    ],
)  # fmt: skip
def test_dates_of_parts(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("time(0, 0, 0)", "00:00:00"), ("time(23, 59, 59)", "23:59:59"), ("time(24, 0, 0)", None), ("time(-1, 0, 0)", None),
        ("time(0, 60, 0)", None), ("time(0, -1, 0)", None), ("time(0, 0, 60)", None), ("time(0, 0, -1)", None),
        ("time(0, 0, -0.5)", None), ("time(0, 0, 59.999999999)", "00:00:59.999999999"), ("time(1, 2, 3.25)", "01:02:03.25"),
        ("time(10**30, 0, 0)", None), ("time(0, 0, 10**60)", None), ("time(10, 30)", None), ("time(10)", None),
        ('time(10, 30, 0, duration("PT0S"))', "10:30:00Z"), ('time(10, 30, 0, duration("PT14H"))', "10:30:00+14:00"),
        ('time(10, 30, 0, duration("-PT14H"))', "10:30:00-14:00"), ('time(10, 30, 0, duration("PT14H1S"))', None),
        ('time(10, 30, 0, duration("PT1H2M3S"))', "10:30:00+01:02:03"), ('time(10, 30, 0, duration("PT0.5S"))', None),
        ('time(10, 30, 0, duration("P1D"))', None), ("time(10, 30, 0, null)", "10:30:00"),
        ("time(hour: 10, minute: 30, second: 0, offset: null)", "10:30:00"), ("time(hour: 10, minute: 30)", None),
        ('time(from: "10:30:00Z")', "10:30:00Z"),
    ],
)  # fmt: skip
def test_times_of_parts(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date and time(date("2024-02-29"), time("10:30:00"))', "2024-02-29T10:30:00"),
        ('date and time(date("2024-02-29"), time("10:30:00Z"))', "2024-02-29T10:30:00Z"),
        ('date and time(date("2024-02-29"), time("10:30:00@Asia/Tokyo"))', "2024-02-29T10:30:00@Asia/Tokyo"),
        ('date and time(date and time("2024-02-29T01:02:03+05:00"), time("10:30:00"))', "2024-02-29T10:30:00"),
        ('date and time(date("2024-02-29"), date and time("2023-01-01T10:30:00"))', None),
        ('date and time("2024-02-29", "10:30:00")', None),
        ("date and time(2024, 2, 29, 10, 30, 0.125)", "2024-02-29T10:30:00.125"),
        ("date and time(2023, 2, 29, 10, 30, 0)", None),
        ("date and time(2024, 2, 29, 24, 0, 0)", None),
        ("date and time(2024, 2, 29, 10, 30)", None),
        ('date and time(2024, 2, 29, 10, 30, 0, @"PT2H")', "2024-02-29T10:30:00+02:00"),
        ('date and time(2024, 2, 29, 10, 30, 0, @"PT15H")', None),
        ("date and time(2024, 2, 29, 10, 30, 0, null)", "2024-02-29T10:30:00"),
        ('date and time(2024, 2, 29, 10, 30, 0, "Asia/Tokyo")', "2024-02-29T10:30:00@Asia/Tokyo"),
        ('date and time(2024, 2, 29, 10, 30, 0, "-03:30")', "2024-02-29T10:30:00-03:30"),
        ('date and time(2024, 2, 29, 10, 30, 0, "Nowhere")', None),
        ('date and time(@"2024-02-29T10:30:00Z", "Asia/Tokyo")', "2024-02-29T19:30:00@Asia/Tokyo"),
        ('date and time(@"2024-02-29T23:30:00Z", "+02:00")', "2024-03-01T01:30:00+02:00"),
        ('date and time(@"2024-02-29T23:30:00+02:00", "Z")', "2024-02-29T21:30:00Z"),
        ('date and time(@"2024-02-29T10:30:00", "Asia/Tokyo")', "2024-02-29T10:30:00@Asia/Tokyo"),
        ('date and time(@"2024-02-29T10:30:00Z", "asia/tokyo")', None),
        ('date and time(@"2024-02-29T10:30:00Z", "")', None),
        ('date and time(from: "2024-02-29T10:30:00Z")', "2024-02-29T10:30:00Z"),
    ],
)
def test_dates_and_times(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-01-31", "2024-01-31", "P0M"), ("2024-01-31", "2024-02-29", "P0M"), ("2024-01-30", "2024-02-29", "P0M"),
        ("2024-01-29", "2024-02-29", "P1M"), ("2024-02-29", "2024-01-29", "-P1M"), ("2024-02-29", "2024-01-30", "P0M"),
        ("2024-03-01", "2024-02-29", "P0M"), ("2011-12-22", "2013-08-24", "P1Y8M"), ("2013-08-24", "2011-12-22", "-P1Y8M"),
        ("2024-12-31", "2025-01-01", "P0M"), ("2024-02-29", "2025-02-28", "P11M"), ("0001-01-01", "-0001-01-01", "-P2Y"),
        ("-999999999-01-01", "999999999-12-31", "P1999999998Y11M"), ("2024-01-15T23:00:00Z", "2024-02-15T01:00:00", "P1M"),
    ],
)  # fmt: skip
def test_months_between_dates(start: str, end: str, expected: str) -> None:
    assert value(f'years and months duration(@"{start}", @"{end}")') == expected


@pytest.mark.parametrize(
    ("day", "weekday", "of_year", "week", "month", "last"),
    [
        ("2024-01-01", "Monday", 1, 1, "January", "2024-01-31"), ("2024-12-30", "Monday", 365, 1, "December", "2024-12-31"),
        ("2024-12-31", "Tuesday", 366, 1, "December", "2024-12-31"), ("2023-12-31", "Sunday", 365, 52, "December", "2023-12-31"),
        ("2020-12-31", "Thursday", 366, 53, "December", "2020-12-31"), ("2021-01-03", "Sunday", 3, 53, "January", "2021-01-31"),
        ("2021-01-04", "Monday", 4, 1, "January", "2021-01-31"), ("2005-01-01", "Saturday", 1, 53, "January", "2005-01-31"),
        ("1900-02-28", "Wednesday", 59, 9, "February", "1900-02-28"), ("2000-02-01", "Tuesday", 32, 5, "February", "2000-02-29"),
        ("2024-06-15", "Saturday", 167, 24, "June", "2024-06-30"), ("0000-12-31", "Sunday", 366, 52, "December", "0000-12-31"),
        ("9999-12-31", "Friday", 365, 52, "December", "9999-12-31"),
    ],
)  # fmt: skip
def test_the_calendar(day: str, weekday: str, of_year: int, week: int, month: str, last: str) -> None:
    for written in (day, f"{day}T23:59:59@Pacific/Kiritimati"):
        assert value(f'day of week(@"{written}")') == weekday
        assert value(f'day of year(@"{written}")') == of_year
        assert value(f'week of year(@"{written}")') == week
        assert value(f'month of year(@"{written}")') == month
        assert value(f'last day of month(@"{written}")') == last


def test_the_clock() -> None:
    assert feel.evaluate("now()", {}, NOW) == NOW
    assert feel.evaluate("today()", {}, NOW) == date(2026, 3, 14)
    assert feel.evaluate("now(1)", {}, NOW) is None
    assert feel.evaluate("today(1)", {}, NOW) is None
    assert feel.compile_expression("now()").evaluate({}) is None
    assert feel.evaluate("now() instance of date and time and today() = date(now())") is True
    assert feel.evaluate("date(now()) = today()", {}, NOW) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [('abs(@"-P1DT2H")', timedelta(days=1, hours=2)), ('abs(@"P1D")', timedelta(days=1)), ('abs(@"PT0S")', timedelta(0))],
)  # fmt: skip
def test_the_length_of_a_duration(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected
    assert value('abs(@"-P1Y2M")') == "P1Y2M"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ('@"2024-01-01"', '@"2024-01-01"', True), ('@"2024-01-01"', '@"2024-01-02"', False),
        ('@"2024-01-01"', '@"2024-01-01T00:00:00Z"', False), ('@"2024-01-01"', '@"10:30:00"', False),
        ('@"10:30:00"', '@"10:30:00"', True), ('@"10:30:00"', '@"10:30:00Z"', False), ('@"10:30:00Z"', '@"10:30:00+00:00"', True),
        ('@"10:30:00z"', '@"10:30:00Z"', True), ('@"10:30:00Z"', '@"11:30:00+01:00"', False),
        ('@"10:30:00@Etc/UTC"', '@"10:30:00Z"', False), ('@"10:30:00@Etc/UTC"', '@"10:30:00@Etc/UTC"', True),
        ('@"2024-01-01T10:30:00Z"', '@"2024-01-01T10:30:00-00:00"', True),
        ('@"2024-01-01T10:30:00Z"', '@"2024-01-01T11:30:00+01:00"', False),
        ('@"2024-01-01T10:30:00@Europe/Paris"', '@"2024-01-01T10:30:00+01:00"', False),
        ('@"P1D"', '@"PT24H"', True), ('@"P1Y"', '@"P12M"', True), ('@"P0Y"', '@"P0D"', False),
        ("null", "null", True), ("null", '@"P1D"', False), ("1", "1.0", True), ("1", '"1"', False), ("true", "1", False),
        ("[1, 2]", "[1, 2]", True), ('[@"10:30:00Z"]', '[@"11:30:00+01:00"]', False), ("{a: 1}", "{a: 1}", True),
        ("{a: 1}", "{b: 1}", False), ("[1..2]", "[1..2]", True), ("[1..2]", "(1..2]", False),
    ],
)  # fmt: skip
def test_being_the_same(first: str, second: str, expected: bool) -> None:
    assert value(f"is({first}, {second})") is expected
    assert value(f"is({second}, {first})") is expected
    assert value(f"is(value1: {first}, value2: {second})") is expected


def test_being_the_same_takes_two() -> None:
    assert value("is(1)") is None
    assert value("is(1, 1, 1)") is None
    assert value("is(value1: 1, value3: 1)") is None


def test_time_of_python_is_taken_by_functions() -> None:
    given = {
        "day": date(2024, 2, 29),
        "clock": time(10, 30),
        "moment": datetime(2024, 2, 29, 10, 30),
        "length": -timedelta(1),
    }
    assert to_json_value(feel.evaluate("date and time(day, clock)", given)) == "2024-02-29T10:30:00"
    assert feel.evaluate("day of week(moment)", given) == "Thursday"
    assert feel.evaluate("[day][1].year", given) == 2024
    assert feel.evaluate("abs(length)", given) == timedelta(1)
