"""Two shards, each a database of its own: neither asks the other for anything, and any key says where it lives."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import pytest

from laneway.domain.errors import Conflict
from laneway.store.ids import NODES, node_of
from tests.support.drawing import Drawing, duration, extension, job, mapping, refers
from tests.support.world import World

ORDERS = [f"order-{number}" for number in range(12)]


def drawn() -> Drawing:
    """A sender works and throws a message; a receiver waits for it, and then for a minute."""
    drawing = Drawing()
    drawing.message("Out", "out", "=order")
    sender = drawing.process("sender")
    thrown = extension(mapping({"weight": "=7"})) + refers("message", "Out")
    sender.chain(
        sender.node("startEvent"),
        sender.node("serviceTask", "work", extension(job("work"))),
        sender.node("intermediateThrowEvent", "out", thrown),
        sender.node("endEvent"),
    )
    receiver = drawing.process("receiver")
    receiver.chain(
        receiver.node("startEvent"),
        receiver.node("intermediateCatchEvent", "in", refers("message", "Out")),
        receiver.node("intermediateCatchEvent", "rest", duration("PT1M")),
        receiver.node("endEvent"),
    )
    return drawing


@dataclass
class Shards:
    """What a router in front of the shards knows: the number of shards, nothing else."""

    worlds: list[World]
    files: list[Path]

    def for_name(self, name: str) -> World:
        """Where something new begins, or where a message of this key has its partition."""
        return self.worlds[crc32(name.encode()) % len(self.worlds)]

    def of_key(self, key: int) -> World:
        """Each shard has a range of node ids, and each key bears the id of the node that made it."""
        return self.worlds[node_of(key) * len(self.worlds) // NODES]

    def carry(self, sender: World, *, forget: bool = True) -> int:
        """Take what instances of one shard threw to the partitions of its messages; ``forget`` False dies in between."""
        with sender.laneway.store.begin() as uow:
            waiting = list(uow.outbox(100))
        for item in waiting:
            try:
                self.for_name(item.correlation_key).engine.publish_message(
                    item.name,
                    item.correlation_key,
                    variables=item.variables,
                    time_to_live_ms=3_600_000,
                    message_id=str(item.key),
                )
            except Conflict as taken:
                if taken.code != "already_exists":
                    raise
            if forget:
                with sender.laneway.store.begin() as uow:
                    uow.delete_outbox(item.key)
        return len(waiting)


@pytest.fixture
def shards(tmp_path: Path) -> Iterator[Shards]:
    files = [tmp_path / "first.db", tmp_path / "second.db"]
    worlds = [World(f"sqlite:///{file}", node_id=number * NODES // 2) for number, file in enumerate(files)]
    for world in worlds:
        world.deploy(drawn())
        # The outbox is the router's, not the shard's own.
        context = world.engine._context
        world.engine._context = replace(context, limits=replace(context.limits, deliveries_per_command=0))
    yield Shards(worlds, files)
    for world in worlds:
        world.close()


def live(world: World, orders: list[str]) -> list[int]:
    """The whole life of senders and of receivers whose message comes from outside."""
    keys = [world.start("sender", {"order": order}) for order in orders]
    keys += [world.start("receiver", {"order": order}) for order in orders]
    for taken in world.activate("work"):
        world.engine.complete_job(taken.job.key, {})
    for order in orders:
        world.engine.publish_message("out", order, time_to_live_ms=60_000)
    world.pass_time(minutes=2)
    while world.laneway.workers._timers._fire():
        pass
    return keys


def test_a_shard_does_all_its_work_while_the_other_is_locked(shards: Shards) -> None:
    # Given two shards, one of which can be written by nobody
    first, second = shards.worlds
    mine = [order for order in ORDERS if shards.for_name(order) is second]
    assert 0 < len(mine) < len(ORDERS)
    locked = sqlite3.connect(shards.files[0], isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")
    try:
        # When the other does the work of its instances, then it never waits
        keys = live(second, mine)
        assert {second.state(key) for key in keys} == {"COMPLETED"}
        assert second.engine.verify_audit()["first_bad"] is None
    finally:
        locked.execute("ROLLBACK")
        locked.close()
    # and the first does its own afterwards.
    others = [order for order in ORDERS if shards.for_name(order) is first]
    assert {first.state(key) for key in live(first, others)} == {"COMPLETED"}


def test_any_key_says_on_which_shard_it_lives(shards: Shards) -> None:
    # Given instances on both shards
    keys = {order: live(shards.for_name(order), [order]) for order in ORDERS}
    # When a key comes in, then its shard is known from it alone: of instances, jobs and subscriptions alike
    for order, made in keys.items():
        assert all(shards.of_key(key) is shards.for_name(order) for key in made)
    for world in shards.worlds:
        for row in (*world.rows("jobs"), *world.rows("element-instances")):
            assert shards.of_key(int(row.get("jobKey") or row["elementInstanceKey"])) is world
    # and no key is there twice.
    found = [int(row["elementInstanceKey"]) for world in shards.worlds for row in world.rows("element-instances")]
    assert len(found) == len(set(found))


def test_a_message_reaches_an_instance_of_another_shard_once_though_its_carrier_dies(shards: Shards) -> None:
    # Given a sender on one shard and the receiver of its message on the other
    first, second = shards.worlds
    order = next(order for order in ORDERS if shards.for_name(order) is second)
    receiver = second.start("receiver", {"order": order})
    sender = first.start("sender", {"order": order})
    first.engine.complete_job(first.one_job("work").job.key, {})
    assert first.state(sender) == "COMPLETED"
    # When the carrier dies after the delivery and before it has told the sender's shard
    assert shards.carry(first, forget=False) == 1
    # Then the next one delivers again, and it counts once
    assert shards.carry(first) == 1
    assert shards.carry(first) == 0
    assert second.active(receiver) == ["rest"]
    assert second.variables(receiver)["weight"] == 7
    assert second.commands(rootProcessInstanceKey=receiver).count("PublishMessage") == 1
