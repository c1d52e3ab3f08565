"""The roof writes what a command leaves in the database, as often as it is told."""

from pathlib import Path

import pytest
from benchmarks.places import Place
from benchmarks.roof import Raw, Recording, Roof
from benchmarks.site import ClaimAndComplete, Site, Start, Workload

TIMES = 5


@pytest.mark.parametrize("make", [lambda site: Start(site, "seq", "SEQ", n=0), ClaimAndComplete])
def test_it_writes_the_rows_of_a_command_again(make: type[Workload], tmp_path: Path) -> None:
    place = Place("here", tmp_path)
    # Given what an instance leaves
    url = place.url()
    site = Site(url)
    since = site.start("exclusive", n=1) + 1
    recording = Recording(url, since)
    before = recording.raw.snapshot()
    steps = [recording.of(command) for command in make(site).recorded()]
    after = recording.raw.snapshot()
    site.close()
    # When the roof writes it several times
    target = place.url()
    roof = Roof(recording, target, place.cpu)
    roof.write(steps, TIMES, together=2)
    # Then each table has grown as many times as much
    written = Raw(target).snapshot()
    grown = {table: len(rows) - len(before[table]) for table, rows in after.items()}
    assert {table: len(rows) - len(before[table]) for table, rows in written.items()} == {
        table: TIMES * count for table, count in grown.items()
    }
    assert grown["audit_log"] >= len(steps)
    # And no row of one instance bears a key of another
    roots = {row[written_column(target)] for row in written["process_instance"].values()}
    assert len(roots) == len(before["process_instance"]) + TIMES


def written_column(url: str) -> int:
    return Raw(url).columns["process_instance"].index("root_key")
