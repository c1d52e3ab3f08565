"""Data stores in the database: written with the step, read by whoever comes later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from laneway.ports import UnitOfWork
from tests.support.drawing import Drawing, extension, job
from tests.support.world import World


def counting() -> Drawing:
    """Adds what a worker gives to the item «total» of the store «sales»."""
    drawing = Drawing()
    drawing.globals.append('<dataStore id="sales" name="sales"/>')
    process = drawing.process()
    process.node("dataStoreReference", "ref", dataStoreRef="sales")
    process.node("startEvent", "start")
    inner = (
        extension(job("sell"))
        + '<ioSpecification><dataInput id="i" name="total"/><dataOutput id="o" name="sold"/><inputSet/><outputSet/></ioSpecification>'
        + "<dataInputAssociation><sourceRef>ref</sourceRef><targetRef>i</targetRef></dataInputAssociation>"
        + "<dataOutputAssociation><sourceRef>o</sourceRef><targetRef>ref</targetRef>"
        + "<assignment><from>(if sales = null then 0 else sales) + sold</from><to>sales.total</to></assignment>"
        + "</dataOutputAssociation>"
    )
    process.node("serviceTask", "sell", inner)
    process.node("endEvent", "end")
    process.chain("start", "sell", "end")
    return drawing


def item(world: World) -> Any:
    with world.laneway.store.read() as uow:
        return uow.data_store_item("sales", "total", "<default>")


def sell(world: World, amount: int) -> None:
    world.start()
    one = world.one_job("sell")
    world.engine.complete_job(one.job.key, {"sold": amount})


def test_what_one_instance_writes_the_next_one_reads(stored: World) -> None:
    stored.deploy(counting())

    sell(stored, 2)
    assert item(stored) == 2
    stored.start()
    one = stored.one_job("sell")
    assert one.variables["total"] == 2
    stored.engine.complete_job(one.job.key, {"sold": 3})

    assert item(stored) == 5


class InMemory:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Any] = {}

    def read(self, uow: UnitOfWork, store: str, key: str, tenant_id: str) -> Any:
        return self.items.get((store, key))

    def write(self, uow: UnitOfWork, store: str, key: str, value: Any, tenant_id: str, root_key: int) -> None:
        self.items[store, key] = value


def test_items_may_be_kept_elsewhere() -> None:
    kept = InMemory()
    world = World(data_stores=kept)
    try:
        world.deploy(counting())
        sell(world, 2)

        assert kept.items == {("sales", "total"): 2}
        assert item(world) is None
    finally:
        world.close()


def test_steps_at_the_same_time_lose_nothing(stored: World) -> None:
    stored.deploy(counting())
    for _ in range(8):
        stored.start()
    jobs = stored.activate("sell")

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(stored.engine.complete_job, each.job.key, {"sold": 1}) for each in jobs]
        for one in done:
            one.result()

    assert item(stored) == 8
