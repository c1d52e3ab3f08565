"""Texts of dates, times, date-times and durations (DMN 1.5, 10.3.4.1; XML Schema Part 2, 3.2.6 to 3.2.9)."""

import pytest

from laneway.expressions import ExpressionSyntaxError, feel
from laneway.expressions.temporal import parse_date, parse_date_and_time, parse_duration, parse_time

DATES = [
    "2024-02-29", "2000-02-29", "0000-01-01", "0001-01-01", "-0001-12-31", "9999-12-31", "10000-01-01", "-99999-02-28",
    "999999999-12-31", "-999999999-01-01",
]  # fmt: skip
NO_DATES = [
    "", " ", "2023-02-29", "1900-02-29", "2024-02-30", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00", "2024-01-32",
    "2024-1-01", "2024-01-1", "24-01-01", "024-01-01", "02024-01-01", "00000-01-01", "-0000-01-01", "+2024-01-01",
    "1000000000-01-01", "2024/01/01", "20240101", "2024-01", "2024-W01-1", "2024-001", "2024-01-01Z", "2024-01-01+01:00",
    "2024-01-01T00:00:00", " 2024-01-01", "2024-01-01 ", "2024-01-01\n", "--01-01", "٢٠٢٤-01-01", "2024-01-01@Europe/Paris",
    "P1D", "10:00:00", "today",
]  # fmt: skip
TIMES = [
    "00:00:00", "23:59:59", "10:30:00.5", "10:30:00.000000001", "10:30:00.123456789", "10:30:00Z", "10:30:00+14:00",
    "10:30:00-14:00", "10:30:00+05:45", "10:30:00-00:30", "10:30:00+01:02:03", "10:30:00.25-05:00", "10:30:00@Europe/Paris",
    "10:30:00.5@Etc/UTC", "10:30:00@UTC", "10:30:00@Etc/GMT+3", "10:30:00@America/Argentina/Buenos_Aires",
]  # fmt: skip
NO_TIMES = [
    "", "24:00:00", "24:00:01", "23:60:00", "23:59:60", "10:30", "10", "1:30:00", "10:3:00", "10:30:0", "10:30:00.", "10:30:00,5",
    "10:30:00.1234567891", "T10:30:00", "10:30:00 ", "10:30:00 Z", "10:30:00ZZ", "10:30:00+14:01", "10:30:00-14:00:01",
    "10:30:00+15:00", "10:30:00+1:00", "10:30:00+01", "10:30:00+0100", "10:30:00+01:60", "10:30:00+01:00:60", "10:30:00@",
    "10:30:00@Nowhere", "10:30:00@Europe/Nowhere", "10:30:00@europe/paris", "10:30:00@Europe", "10:30:00@../UTC",
    "10:30:00@/UTC", "10:30:00@posix/UTC", "10:30:00+01:00@Europe/Paris", "10:30:00Z@Etc/UTC", "10:30:00@Europe/Paris+01:00",
    "-10:30:00", "2024-01-01", "10h30", "١٠:30:00", "10:30:00@" + "a" * 100,
]  # fmt: skip
MOMENTS = [
    "2024-02-29T10:30:00", "2024-02-29T10:30:00.000000001Z", "2024-02-29T10:30:00+05:30", "2024-02-29T10:30:00-14:00",
    "2024-02-29T10:30:00@Europe/Paris", "-0044-03-15T12:00:00Z", "999999999-12-31T23:59:59.999999999Z",
    "-999999999-01-01T00:00:00", "12024-02-29T10:30:00@America/New_York", "-12024-02-29T10:30:00@Europe/Paris",
]  # fmt: skip
NO_MOMENTS = [
    "", "T", "2024-02-29T", "T10:30:00", "2023-02-29T10:30:00", "2024-02-29T24:00:00", "2024-02-29T10:30", "2024-02-29T10:30:60",
    "2024-02-29 10:30:00", "2024-02-29t10:30:00", "2024-02-29TT10:30:00", "2024-02-29T10:30:00T",
    "2024-02-29ZT10:30:00", "2024-02-29T10:30:00+15:00", "2024-02-29T10:30:00@Europe/Nowhere",
    "2024-02-29T10:30:00+01:00@Europe/Paris", "2024-02-29T10:30:00@Europe/Paris@Europe/Paris", "10:30:00",
]  # fmt: skip
DURATIONS = [
    "P1D", "-P1D", "P1DT1H", "P1DT1H1M", "P1DT1H1M1S", "PT1H", "PT59M", "PT1S", "PT0.5S", "PT0.000000001S", "-PT0.000000001S",
    "PT0S", "P999999999D", "P1Y", "P1M", "P1Y1M", "-P1Y11M", "P0M", "P999999999999Y",
]  # fmt: skip
SHORTENED = [
    ("P0D", "PT0S"), ("-P0D", "PT0S"), ("PT0.0S", "PT0S"), ("PT60S", "PT1M"), ("PT3600S", "PT1H"), ("PT36H", "P1DT12H"),
    ("PT1.500S", "PT1.5S"), ("P0001D", "P1D"), ("PT90M", "PT1H30M"), ("P12M", "P1Y"), ("P13M", "P1Y1M"), ("P0Y", "P0M"),
    ("-P0Y", "P0M"), ("-P26M", "-P2Y2M"), ("P0Y1M", "P1M"), ("P0DT0H1M", "PT1M"), ("P1DT0S", "P1D"),
]  # fmt: skip
NO_DURATIONS = [
    "", "P", "-P", "PT", "-PT", "P1", "1D", "P1DT", "P1YT", "P1Y1D", "P1M1D", "P1Y1M1DT1H", "P1YT1H", "P1W", "+P1D", "P-1D", "P+1D",
    "--P1D", "P1.5D", "P1.5Y", "P1.5M", "PT1.5H", "PT1.5M", "PT.5S", "PT1.S", "PT1,5S", "PT1.1234567891S", "P1M1Y", "PT1M1H",
    "PT1S1M", "P1D1D", "P1H", "PT1D", "p1d", "P1d", "P 1D", " P1D", "P1D ", "P1D\n", "P１D", "P1234567890123456789D", "T1H",
    "2024-01-01", "1 day",
]  # fmt: skip


@pytest.mark.parametrize("text", DATES)
def test_a_date_reads_back_to_its_text(text: str) -> None:
    assert str(parse_date(text)) == text
    assert feel.evaluate(f'string(date("{text}"))') == text
    assert feel.evaluate(f'string(@"{text}")') == text


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date(text: str) -> None:
    warnings: list[str] = []
    assert parse_date(text) is None
    assert feel.evaluate("date(text)", {"text": text}, None, warnings) is None
    assert "is no date" in warnings[0]


@pytest.mark.parametrize("text", TIMES)
def test_a_time_reads_back_to_its_text(text: str) -> None:
    assert str(parse_time(text)) == text
    assert feel.evaluate(f'string(time("{text}"))') == text
    assert feel.evaluate(f'string(@"{text}")') == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("10:30:00z", "10:30:00Z"), ("10:30:00+00:00", "10:30:00Z"), ("10:30:00-00:00", "10:30:00Z"), ("10:30:00.500", "10:30:00.5"),
     ("10:30:00.000", "10:30:00"), ("10:30:00+02:00:00", "10:30:00+02:00")],
)  # fmt: skip
def test_the_canonical_text_of_a_time(text: str, canonical: str) -> None:
    assert feel.evaluate(f'string(time("{text}"))') == canonical
    assert feel.evaluate(f'string(date and time("2024-01-01T{text}"))') == f"2024-01-01T{canonical}"


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time(text: str) -> None:
    warnings: list[str] = []
    assert parse_time(text) is None
    assert feel.evaluate("time(text)", {"text": text}, None, warnings) is None
    assert "is no time" in warnings[0]
    assert parse_date_and_time("2024-01-01T" + text) is None


@pytest.mark.parametrize("text", MOMENTS)
def test_a_date_and_time_reads_back_to_its_text(text: str) -> None:
    assert str(parse_date_and_time(text)) == text
    assert feel.evaluate(f'string(date and time("{text}"))') == text
    assert feel.evaluate(f'string(@"{text}")') == text


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_what_is_no_date_and_time(text: str) -> None:
    warnings: list[str] = []
    assert parse_date_and_time(text) is None
    assert feel.evaluate("date and time(text)", {"text": text}, None, warnings) is None
    assert "is no date and time" in warnings[0]


def test_a_date_alone_is_its_local_midnight_where_a_date_and_time_is_read() -> None:
    assert feel.evaluate('string(date and time("2024-02-29"))') == "2024-02-29T00:00:00"
    assert feel.evaluate('string(date and time("2024-02-29Z"))') == "2024-02-29T00:00:00Z"
    assert feel.evaluate('string(date and time("2024-02-29-05:00"))') == "2024-02-29T00:00:00-05:00"
    assert feel.evaluate('date and time("2012-03-07Z").year') == 2012
    assert feel.evaluate('date and time("2012-03-07+15:00")') is None
    assert feel.evaluate('date and time("2012-03-07@Europe/Paris")') is None


@pytest.mark.parametrize("text", DURATIONS)
def test_a_duration_reads_back_to_its_text(text: str) -> None:
    assert str(parse_duration(text)) == text
    assert feel.evaluate(f'string(duration("{text}"))') == text
    assert feel.evaluate(f'string(@"{text}")') == text


@pytest.mark.parametrize(("text", "canonical"), SHORTENED)
def test_the_canonical_text_of_a_duration(text: str, canonical: str) -> None:
    assert feel.evaluate(f'string(duration("{text}"))') == canonical


@pytest.mark.parametrize("text", NO_DURATIONS)
def test_what_is_no_duration(text: str) -> None:
    warnings: list[str] = []
    assert parse_duration(text) is None
    assert feel.evaluate("duration(text)", {"text": text}, None, warnings) is None
    assert "is no duration" in warnings[0]


@pytest.mark.parametrize("text", ["2024-06-31", "25:00:00", "2024-01-01T25:00:00", "P1Y1D", "abc", ""])
def test_a_literal_that_is_none_is_null_in_a_decision_and_an_error_in_a_diagram(text: str) -> None:
    # given a text that no temporal value has
    warnings: list[str] = []
    # when / then
    assert feel.evaluate(f'@"{text}"', {}, None, warnings) is None
    assert "is no" in warnings[0]
    with pytest.raises(ExpressionSyntaxError, match="date, time or duration") as caught:
        feel.compile_expression(f'1 + @"{text}"')
    assert caught.value.column == 5


def test_a_long_text_is_read_in_time() -> None:
    assert feel.evaluate("duration(text)", {"text": "P" + "1" * 100_000}) is None
    assert feel.evaluate("date(text)", {"text": "9" * 100_000}) is None
    assert feel.evaluate("time(text)", {"text": "10:00:00@" + "a/" * 50_000}) is None
