"""Keys: ordered, unique over threads, processes and restarts, whatever the clock does."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given, strategies as st
from sqlalchemy import update

from laneway.domain.errors import Overloaded
from laneway.store import SqlStore, open_store
from laneway.store.ids import EPOCH, KeysOfUnit, KeySource, milliseconds, node_of
from laneway.store.tables import node
from tests.store.build import NOON, Clock

FAR = milliseconds(NOON) + 10**9


def test_the_parts_of_a_key() -> None:
    keys = KeySource(lambda: EPOCH + timedelta(milliseconds=5), 7, 0, FAR)
    first, second = keys.next(), keys.next()
    assert first == (5 << 22) + (7 << 12)
    assert second == first + 1
    assert node_of(first) == 7


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=50), st.integers(0, 1023))
def test_keys_grow_whatever_the_clock_does(moves: list[int], node_id: int) -> None:
    clock = Clock()
    keys = KeySource(clock, node_id, 0, FAR)
    given_out = []
    for move in moves:
        clock.now = NOON + timedelta(milliseconds=move)
        given_out += [keys.next() for _ in range(3)]
    assert given_out == sorted(set(given_out))
    assert {node_of(key) for key in given_out} == {node_id}
    assert 0 < given_out[-1] < 2**63


def test_more_keys_than_a_millisecond_holds() -> None:
    keys = KeySource(Clock(), 1, 0, FAR)
    given_out = [keys.next() for _ in range(10_000)]
    assert given_out == sorted(set(given_out))


def test_units_of_work_that_draw_in_turns_share_no_key() -> None:
    keys = KeySource(lambda: datetime.now(UTC), 1, 0, FAR + 10**12)
    units = [KeysOfUnit(keys) for _ in range(300)]
    given_out = [[unit.next() for unit in units] for _ in range(40)]
    assert len({key for keys_of_turn in given_out for key in keys_of_turn}) == 300 * 40
    assert all(column == sorted(column) for column in map(list, zip(*given_out, strict=True)))
    assert keys.next() > max(map(max, given_out))


def test_blocks_end_with_their_millisecond() -> None:
    keys = KeySource(Clock(), 1, 0, FAR)
    firsts = [keys.block(10) for _ in range(1_000)]
    given_out = [key for first in firsts for key in range(first, first + 10)]
    assert given_out == sorted(set(given_out))
    assert {node_of(key) for key in given_out} == {1}


def test_keys_of_many_threads_are_unique() -> None:
    keys = KeySource(lambda: datetime.now(UTC), 1, 0, FAR + 10**12)
    with ThreadPoolExecutor(4) as pool:
        given_out = list(pool.map(lambda _: keys.next(), range(4_000)))
    assert len(set(given_out)) == 4_000


def test_a_clock_before_the_epoch_or_far_after_it() -> None:
    assert milliseconds(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert milliseconds(datetime(9999, 1, 1, tzinfo=UTC)) == 2**41 - 1


def _key(store: SqlStore) -> int:
    with store.begin() as uow:
        return uow.ids.next()


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "killed"])
@pytest.mark.parametrize("node_id", [None, 5])
def test_a_restart_with_the_clock_set_back(tmp_path: Path, node_id: int | None, closed: bool) -> None:
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    clock = Clock()
    store = open_store(url, clock=clock, node_id=node_id)
    before = {_key(store) for _ in range(5)}
    clock.advance(hours=2)
    before |= {_key(store) for _ in range(5)}
    if closed:
        store.close()
    else:
        store._database.close()

    clock.advance(hours=-2)
    store = open_store(url, clock=clock, node_id=node_id)
    after = {_key(store) for _ in range(5)}
    assert not before & after
    if node_id is not None:
        assert {node_of(key) for key in before | after} == {node_id}
        assert min(after) > max(before)
    store.close()


def test_a_closed_node_gives_its_id_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    ids = []
    for _ in range(3):
        store = open_store(url)
        ids.append(store._lease.keys.node_id)
        _key(store)
        store.close()
    assert ids == [0, 0, 0]


def test_two_nodes_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    first, second = open_store(url), open_store(url)
    assert first._lease.keys.node_id != second._lease.keys.node_id
    first.close()
    second.close()


@pytest.mark.postgres
def test_a_node_whose_clock_is_fast_takes_no_ones_id(postgres_migrated: str) -> None:
    # Given a node, and another host whose clock is an hour fast; when a node begins there, then each has its own id
    store = open_store(postgres_migrated)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        other = open_store(postgres_migrated)
    assert other._lease.keys.node_id != store._lease.keys.node_id
    other.close()
    store.close()


def test_a_lost_lease_is_noticed(store: SqlStore, clock: Clock) -> None:
    before = _key(store)
    with store._database.writing() as connection:
        connection.execute(
            update(node).values(token="someone else", leased_until=datetime.now(UTC) + timedelta(hours=1))
        )

    clock.advance(minutes=5)
    after = _key(store)
    assert node_of(before) != node_of(after)
    assert after > before


def test_no_node_id_is_free(memory: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("laneway.store.nodes.NODES", 1)
    with memory._database.writing() as connection:
        connection.execute(
            update(node).values(token="someone else", leased_until=datetime.now(UTC) + timedelta(hours=1))
        )
    memory._lease._renewed = time.monotonic() - 100
    with pytest.raises(Overloaded, match="node ids"):
        _key(memory)


def test_a_node_id_out_of_range() -> None:
    with pytest.raises(ValueError, match="0 to 1023"):
        open_store("sqlite://", node_id=1024)
