"""Properties of temporal values (DMN 1.5, 10.3.2.6, table 65): each has its own, and null for those of others."""

from decimal import Decimal

import pytest

from laneway.expressions import feel, to_json_value

NAMES = [
    "year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone", "days", "hours", "minutes", "seconds",
    "years", "months",
]  # fmt: skip
DAY = {"year": 2024, "month": 2, "day": 29, "weekday": 4}
CLOCK = {"hour": 10, "minute": 30, "second": 59}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2024-02-29"', DAY),
        ('@"10:30:59"', CLOCK),
        ('@"10:30:59Z"', {**CLOCK, "time offset": "PT0S"}),
        ('@"10:30:59-05:30"', {**CLOCK, "time offset": "-PT5H30M"}),
        ('@"10:30:59@Asia/Tokyo"', {**CLOCK, "time offset": "PT9H", "timezone": "Asia/Tokyo"}),
        ('@"2024-02-29T10:30:59"', {**DAY, **CLOCK}),
        ('@"2024-02-29T10:30:59+14:00"', {**DAY, **CLOCK, "time offset": "PT14H"}),
        ('@"2024-02-29T10:30:59@Europe/Paris"', {**DAY, **CLOCK, "time offset": "PT1H", "timezone": "Europe/Paris"}),
        ('@"P1DT2H3M4S"', {"days": 1, "hours": 2, "minutes": 3, "seconds": 4}),
        ('@"-P1DT2H3M4S"', {"days": -1, "hours": -2, "minutes": -3, "seconds": -4}),
        ('@"PT49H"', {"days": 2, "hours": 1, "minutes": 0, "seconds": 0}),
        ('@"PT0S"', {"days": 0, "hours": 0, "minutes": 0, "seconds": 0}),
        ('@"P1Y2M"', {"years": 1, "months": 2}),
        ('@"-P26M"', {"years": -2, "months": -2}),
        ('@"P0M"', {"years": 0, "months": 0}),
        ("null", {}), ("1", {}), ('"2024-02-29"', {}), ("true", {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", NAMES)
def test_properties(text: str, expected: dict[str, object], name: str) -> None:
    warnings: list[str] = []
    assert to_json_value(feel.evaluate(f"({text}).{name}", {}, None, warnings)) == expected.get(name)
    may_be_null = name in ("time offset", "timezone") and "hour" in expected
    assert bool(warnings) == (name not in expected and not may_be_null)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"10:30:59.25".second', Decimal("59.25")), ('@"10:30:00.000000001".second', Decimal("0.000000001")),
        ('@"-PT1.5S".seconds', Decimal("-1.5")), ('@"P1DT0.1S".seconds', Decimal("0.1")), ('@"-0044-03-15".year', -44),
        ('@"999999999-12-31".year', 999999999), ('@"2024-02-25".weekday', 7), ('@"2024-02-26".weekday', 1),
        ('[@"2024-02-29", @"2023-01-01"].year', [2024, 2023]), ('{d: @"2024-02-29"}.d.month', 2),
        ('@"P999999999999D".days', 999999999999), ('@"2024-07-01T10:00:00@Europe/Paris".time offset = @"PT2H"', True),
    ],
)  # fmt: skip
def test_values_of_properties(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [('@"2024-02-29"', "date"), ('@"10:30:00"', "time"), ('@"2024-02-29T10:30:00"', "date and time"),
     ('@"P1D"', "days and time duration"), ('@"P1Y"', "years and months duration")],
)  # fmt: skip
def test_types(text: str, kind: str) -> None:
    kinds = (
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "string",
        "number",
        "boolean",
    )
    for asked in kinds:
        assert feel.evaluate(f"{text} instance of {asked}") is (asked == kind)
    assert feel.evaluate(f"{text} instance of Any") is True
    assert feel.evaluate(f"[{text}] instance of list<{kind}>") is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [('string(@"2024-02-29")', "2024-02-29"), ('string([@"P1D", @"10:30:00Z"])', '[@"P1D", @"10:30:00Z"]'),
     ('string({d: @"2024-02-29"})', '{d: @"2024-02-29"}'), ('string([@"P1M"..@"P1Y"])', '[@"P1M"..@"P1Y"]')],
)  # fmt: skip
def test_text_of_values(text: str, expected: str) -> None:
    assert feel.evaluate(text) == expected
