"""Laws of temporal values, for any of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from laneway.expressions import feel
from laneway.expressions.temporal import (
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    native,
    own,
    parse_at_literal,
)
from laneway.expressions.temporal.arithmetic import difference, moved, scaled
from laneway.expressions.temporal.gregorian import NANOSECONDS_PER_DAY, date_of_days, days_in_month, days_of_date

ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Etc/UTC",
    "Australia/Lord_Howe",
]

years = st.one_of(st.integers(-999_999_999, 999_999_999), st.integers(1890, 2110), st.integers(-5, 5))
months = st.integers(1, 12)
dates = st.builds(
    lambda year, month, day: Date(year, month, min(day, days_in_month(year, month))), years, months, st.integers(1, 31)
)
clocks = st.integers(0, NANOSECONDS_PER_DAY - 1)
offsets = st.one_of(st.none(), st.integers(-14 * 3600, 14 * 3600))
places = st.one_of(st.tuples(offsets, st.none()), st.tuples(st.none(), st.sampled_from(ZONES)))
times = st.builds(lambda clock, place: Time(clock, *place), clocks, places)
moments = st.builds(DateTime.at, dates, times).filter(lambda moment: moment is not None)
durations = st.one_of(st.integers(-(10**30), 10**30), st.integers(-(10**16), 10**16)).map(DayTimeDuration)
month_durations = st.one_of(st.integers(-(10**12), 10**12), st.integers(-50, 50)).map(YearMonthDuration)
values = st.one_of(dates, times, moments, durations, month_durations)


@given(values)
def test_a_text_reads_back_to_its_value(value: object) -> None:
    again = parse_at_literal(str(value))
    assert str(again) == str(value)
    assert feel.evaluate("string(x)", {"x": value}) == str(value)
    if not (isinstance(value, DateTime) and value.zone):  # of two times with the same text the first is read
        assert again == value


@given(values)
def test_what_python_takes_it_gives_back(value: object) -> None:
    assert own(native(value)) == value
    assert str(own(native(value))) == str(value)


@given(st.integers(days_of_date(-999_999_999, 1, 1), days_of_date(999_999_999, 12, 31)))
def test_days_count_dates(days: int) -> None:
    found = Date.of_days(days)
    assert found is not None
    assert found.days == days
    assert date_of_days(days + 146_097)[1:] == (found.month, found.day)


@given(st.dates())
def test_the_calendar_is_python_s_where_that_has_one(day: date) -> None:
    ours = own(day)
    assert (ours.weekday, ours.day_of_year, ours.week_of_year) == (
        day.isoweekday(),
        day.timetuple().tm_yday,
        day.isocalendar().week,
    )
    assert ours.days == day.toordinal() - date(1970, 1, 1).toordinal()


@given(
    st.datetimes(timezones=st.sampled_from([ZoneInfo(name) for name in ZONES])),
    st.timedeltas(timedelta(-9999), timedelta(9999)),
)
def test_zones_are_python_s_where_that_has_them(moment: datetime, length: timedelta) -> None:
    try:
        expected = (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)
    except OverflowError:
        return
    found = feel.evaluate("x + d", {"x": moment, "d": length})
    assert isinstance(found, datetime)
    assert found.replace(tzinfo=None) == expected.replace(tzinfo=None)
    assert (found.fold, found.utcoffset()) == (expected.fold, expected.utcoffset())


@given(dates, dates)
def test_a_difference_of_dates_leads_from_one_to_the_other(a: Date, b: Date) -> None:
    length = difference(a, b)
    assert moved(b, length, 1) == a
    assert moved(a, length, -1) == b
    assert difference(b, a) == -length


@given(moments, moments)
def test_a_difference_of_moments_leads_from_one_to_the_other(a: DateTime, b: DateTime) -> None:
    length = difference(a, b)
    assert (length is None) == (not a.comparable(b))
    if length is not None:
        assert difference(b, a) == -length
        there = moved(b, length, 1)
        assert there is None or there == a


@given(moments, st.integers(-(10**20), 10**20).map(DayTimeDuration))
def test_adding_and_taking_away_again(moment: DateTime, length: DayTimeDuration) -> None:
    there = moved(moment, length, 1)
    if there is not None:
        assert difference(there, moment) == length
        back = moved(there, length, -1)
        assert back == moment
        assert str(back) == str(moment)


@given(times, durations)
def test_times_go_round(clock: Time, length: DayTimeDuration) -> None:
    there = moved(clock, length, 1)
    back = moved(there, length, -1)
    assert isinstance(back, Time)
    assert back.parts == clock.parts


@given(dates, month_durations)
def test_adding_months(day: Date, length: YearMonthDuration) -> None:
    there = moved(day, length, 1)
    if not isinstance(there, Date):
        return
    assert (there.year - day.year) * 12 + there.month - day.month == length.months
    assert there.day == min(day.day, days_in_month(there.year, there.month))
    if there.day == day.day:
        assert feel.evaluate("years and months duration(a, b)", {"a": day, "b": there}) == length


@given(dates, dates)
def test_whole_months_between_dates_fit_in(a: Date, b: Date) -> None:
    length = feel.evaluate("years and months duration(a, b)", {"a": a, "b": b})
    assert isinstance(length, YearMonthDuration)
    there = a.plus_months(length.months)
    further = a.plus_months(length.months + (1 if a <= b else -1))
    assert there is not None
    assert (there <= b) if a <= b else (there >= b)
    if further is not None and further.day == a.day:
        assert (further > b) if a <= b else (further < b)


@given(st.one_of(*(st.tuples(kind, kind, kind) for kind in (dates, times, moments, durations, month_durations))))
def test_order_is_total_where_it_is_one(three: tuple[object, object, object]) -> None:
    a, b, c = (feel.evaluate("x", {"x": value}) for value in three)
    scope = {"a": a, "b": b, "c": c}
    outcomes = [feel.evaluate(f"a {operator} b", scope) for operator in ("<", "=", ">")]
    if getattr(own(a), "offset", None) is None or getattr(own(b), "offset", None) is None:
        assert outcomes.count(True) == 1 or feel.evaluate("a <= b and a >= b and a != b", scope) is True
    else:
        assert outcomes.count(True) == 1
    assert feel.evaluate("a <= b", scope) is not outcomes[2]
    assert feel.evaluate("a >= b", scope) is not outcomes[0]
    if outcomes[1]:
        assert hash(own(a)) == hash(own(b))
    if (
        feel.evaluate("a < b and b < c", scope) is True
        and len({getattr(own(x), "offset", 0) is None for x in (a, b, c)}) == 1
    ):
        assert feel.evaluate("a < c", scope) is True


@given(durations, durations)
def test_durations_are_a_group(a: DayTimeDuration, b: DayTimeDuration) -> None:
    scope = {"a": a, "b": b}
    assert feel.evaluate("a + b = b + a", scope) is True
    assert feel.evaluate("a + b - b = a", scope) is True
    assert feel.evaluate('a - a = @"PT0S"', scope) is True
    assert feel.evaluate("-(-a) = a", scope) is True
    assert feel.evaluate('abs(a) >= @"PT0S"', scope) is True


@given(durations, st.integers(1, 1000))
def test_multiplied_and_divided_again(length: DayTimeDuration, number: int) -> None:
    multiplied = scaled(length, Decimal(number), divide=False)
    assert isinstance(multiplied, DayTimeDuration)
    assert multiplied.nanoseconds == length.nanoseconds * number
    assert scaled(multiplied, Decimal(number), divide=True) == length
    if length:
        assert (
            feel.evaluate("(d * n) / d = n", {"d": DayTimeDuration(length.nanoseconds % 10**15 + 1), "n": number})
            is True
        )


@given(st.one_of(durations, month_durations))
def test_parts_of_a_duration_make_it_up(length: DayTimeDuration | YearMonthDuration) -> None:
    if isinstance(length, YearMonthDuration):
        assert length.whole_years * 12 + length.months_of_year == length.months
    else:
        minutes = (length.days * 24 + length.hours) * 60 + length.minutes
        assert minutes * 60_000_000_000 + int(length.seconds * 1_000_000_000) == length.nanoseconds


@given(st.text(st.sampled_from("0123456789-:TPDYHMSZ.+@/Europ"), max_size=24))
def test_any_text_is_read_or_not(text: str) -> None:
    found = parse_at_literal(text)
    assert found is None or parse_at_literal(str(found)) is not None
    for name in ("date", "time", "date and time", "duration"):
        value = feel.evaluate(f"{name}(text)", {"text": text})
        assert value is None or feel.evaluate("string(x)", {"x": value}) is not None
