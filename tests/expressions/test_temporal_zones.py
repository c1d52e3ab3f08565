"""Zones of the IANA database, where clocks are set forward and back."""

import pytest

from laneway.expressions import feel, to_json_value


def value(text: str) -> object:
    return to_json_value(feel.evaluate(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Paris sets its clocks forward on 2024-03-31 at 02:00 and back on 2024-10-27 at 03:00.
        ('@"2024-03-30T12:00:00@Europe/Paris" + @"P1D"', "2024-03-31T13:00:00@Europe/Paris"),
        ('@"2024-03-30T12:00:00@Europe/Paris" + @"PT24H"', "2024-03-31T13:00:00@Europe/Paris"),
        ('@"2024-03-31T13:00:00@Europe/Paris" - @"P1D"', "2024-03-30T12:00:00@Europe/Paris"),
        ('@"2024-10-26T12:00:00@Europe/Paris" + @"P1D"', "2024-10-27T11:00:00@Europe/Paris"),
        ('@"2024-03-31T01:59:59@Europe/Paris" + @"PT1S"', "2024-03-31T03:00:00@Europe/Paris"),
        ('@"2024-02-29T12:00:00@Europe/Paris" + @"P2M"', "2024-04-29T12:00:00@Europe/Paris"),
        ('@"2024-02-29T02:30:00@Europe/Paris" + @"P1M2D"', None),
        ('@"2023-03-31T02:30:00@Europe/Paris" + @"P1Y"', "2024-03-31T03:30:00@Europe/Paris"),
        ('@"2024-03-31T02:30:00@Europe/Paris"', "2024-03-31T03:30:00@Europe/Paris"),
        ('@"2024-03-31T12:00:00@Europe/Paris" - @"2024-03-30T12:00:00@Europe/Paris"', "PT23H"),
        ('@"2024-10-27T12:00:00@Europe/Paris" - @"2024-10-26T12:00:00@Europe/Paris"', "P1DT1H"),
        ('(@"2024-10-27T02:30:00@Europe/Paris" + @"PT1H") - @"2024-10-27T02:30:00@Europe/Paris"', "PT1H"),
        ('@"2024-10-27T02:30:00@Europe/Paris".time offset', "PT2H"),
        ('(@"2024-10-27T02:30:00@Europe/Paris" + @"PT1H").time offset', "PT1H"),
        ('date and time(@"2024-10-27T01:30:00Z", "Europe/Paris").time offset', "PT1H"),
        ('date and time(@"2024-10-27T01:30:00Z", "Europe/Paris") = @"2024-10-27T01:30:00Z"', True),
        # A zone has its rules before the first and after the last year that Python knows.
        ('@"10024-07-01T12:00:00@Europe/Paris".time offset', "PT2H"),
        ('@"10024-01-01T12:00:00@Europe/Paris".time offset', "PT1H"),
        ('@"-0500-07-01T12:00:00@Etc/GMT+3" = @"-0500-07-01T15:00:00Z"', True),
        ('@"1800-01-01T12:00:00@Europe/Paris".time offset', "PT9M21S"),
        ('@"9999-12-31T23:00:00@Asia/Tokyo" + @"PT1H"', "10000-01-01T00:00:00@Asia/Tokyo"),
        ('date and time(@"999999999-12-31T23:00:00Z", "Asia/Tokyo")', None),
        # Samoa left out 2011-12-30.
        ('@"2011-12-29T12:00:00@Pacific/Apia" + @"P1D"', "2011-12-31T12:00:00@Pacific/Apia"),
        ('@"2011-12-30T12:00:00@Pacific/Apia"', "2011-12-31T12:00:00@Pacific/Apia"),
        # A time of day has no date: it has the offset that its zone had on 2000-01-01.
        ('@"12:00:00@Europe/Paris".time offset', "PT1H"),
        ('@"12:00:00@Europe/Paris" = @"11:00:00Z"', True),
        ('@"12:00:00@Europe/Paris" - @"12:00:00Z"', "-PT1H"),
        ('date and time(@"2024-07-01", @"12:00:00@Europe/Paris").time offset', "PT2H"),
        ('time(@"2024-07-01T12:00:00@Europe/Paris")', "12:00:00@Europe/Paris"),
    ],
)  # fmt: skip
def test_zones(text: str, expected: object) -> None:
    assert value(text) == expected


def test_a_zone_that_is_unknown_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a counted search
    from laneway.expressions.temporal import zones

    searched: list[str] = []

    def search(name: str) -> None:
        searched.append(name)
        raise LookupError(name)

    zones.zone_info.cache_clear()
    monkeypatch.setattr(zones, "ZoneInfo", search)
    # when
    found = [feel.evaluate('time("10:00:00@Atlantis/Poseidonis")') for _ in range(3)]
    # then
    zones.zone_info.cache_clear()
    assert found == [None, None, None]
    assert searched == ["Atlantis/Poseidonis"]
