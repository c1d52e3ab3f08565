"""Where the value of a variable comes from, as the record tells it."""

from typing import Any

import pytest

from laneway.domain.work import SYSTEM, Actor
from laneway.governance.lineage import origins_of_record
from laneway.queries.provenance import commands_of, models_of
from tests.commands.test_data_stores import counting
from tests.support.drawing import Drawing, extension, job, mapping, refers
from tests.support.world import ANNA, World
from tests.workers.test_dial import GOOD, agents


def drawn() -> Drawing:
    """A message brings the letter, an agent tells its kind, a script and a mapping pass it on, a person has the last word."""
    drawing = Drawing()
    drawing.message("Letter", "letter", "=box")
    process = drawing.process()
    script = '<zeebe:script expression="=upper case(kind)" resultVariable="loud" />'
    process.chain(
        process.node("startEvent"),
        process.node("intermediateCatchEvent", "arrives", refers("message", "Letter")),
        process.node("serviceTask", "classify", extension(job("classify"))),
        process.node("scriptTask", "shout", extension(script)),
        process.node("serviceTask", "store", extension(job("store") + mapping({"what": "=loud"}, {"kept": "=number"}))),
        process.node("userTask", "look", extension("<zeebe:userTask />")),
        process.node("endEvent"),
    )
    return drawing


def writes(world: World, key: int, name: str) -> list[dict[str, Any]]:
    rows = world.rows("variables", processInstanceKey=key, name=name)
    return list(world.engine.provenance(rows[0]["variableKey"])["writes"])


@pytest.fixture
def played(stored: World) -> tuple[World, int]:
    stored.deploy(drawn(), agents("auto", GOOD))
    key = stored.engine.start_instance(process_id="process", variables={"box": "b"}, actor=ANNA).key
    stored.engine.publish_message("letter", correlation_key="b", variables={"letter": "Dear …"}, time_to_live_ms=0)
    stored.settle()
    given = stored.one_job("store")
    stored.engine.complete_job(given.job.key, {"number": 7})
    (task,) = stored.rows("user-tasks", state="CREATED")
    stored.engine.complete_user_task(task["userTaskKey"], {"kind": "praise"}, actor=ANNA)
    assert stored.state(key) == "COMPLETED"
    return stored, key


def test_each_writer_is_told(played: tuple[World, int]) -> None:
    # Given an instance that all kinds of writers had a hand in; when their variables are asked about
    world, key = played
    (start,), (letter,), (kept,) = writes(world, key, "box"), writes(world, key, "letter"), writes(world, key, "kept")
    # Then each says who wrote it, and whose words it holds.
    assert (start["by"], start["who"], start["untrusted"]) == ("start", "user:anna", False)
    assert (letter["by"], letter["origins"], letter["untrusted"]) == ("message", ["message"], True)
    assert (kept["by"], kept["who"], kept["origins"]) == ("mapping", "store", ["system"])


def test_what_an_agent_gives_holds_all_that_it_saw(played: tuple[World, int]) -> None:
    # Given an agent that read a message; when what it gave is asked about
    world, key = played
    agent, person = writes(world, key, "kind")
    # Then it holds the message's words, with the contract that it was given under
    assert (agent["by"], agent["who"], agent["origins"]) == ("agent", "agent:classifier", ["agent", "message"])
    assert agent["inputs"] == [{"name": "letter", "origins": ["message"]}]
    assert {"contract", "confidence", "adapter"} <= set(agent["agent"])
    # And the person who wrote it anew answers for it.
    assert (person["by"], person["origins"], person["untrusted"]) == ("person", ["person"], False)


def test_what_is_made_from_it_holds_the_same(played: tuple[World, int]) -> None:
    # Given a script and a mapping that pass it on; when they are asked about; then the words are still those of the message.
    world, key = played
    (loud,), (what,) = writes(world, key, "loud"), writes(world, key, "what")
    assert (loud["by"], loud["who"], loud["origins"]) == ("script", "shout", ["agent", "message"])
    assert (what["by"], what["inputs"]) == ("mapping", [{"name": "loud", "origins": ["agent", "message"]}])


def kept_and_told(world: World, key: int) -> tuple[Any, Any]:
    """The origins that a root keeps, and those that its record tells."""
    commands, unrecorded = commands_of(world.context, key)
    assert not unrecorded
    with world.laneway.store.read() as uow:
        kept = uow.origins(key)
    return kept or frozenset({"contract"}), origins_of_record(commands, models_of(world.context, commands), key)


def test_what_a_root_keeps_of_origins_is_what_its_record_tells(played: tuple[World, int]) -> None:
    # Given an instance that all kinds of writers had a hand in; when its origins are asked for; then nobody has to read the record for them.
    world, key = played
    kept, told = kept_and_told(world, key)
    assert kept == told == {"person", "message", "unknown"}


@pytest.mark.parametrize("starter", [ANNA, SYSTEM, Actor("client", "shop")], ids=str)
def test_ways_that_many_took_keep_the_same_origins(stored: World, starter: Actor) -> None:
    # Given a process that runs through, and one that waits for a worker, taken so often that their ways are known
    through, waits = Drawing(), Drawing()
    for drawing, work in ((through, "scriptTask"), (waits, "serviceTask")):
        process = drawing.process(work)
        how = job("work") if work == "serviceTask" else '<zeebe:script expression="=n + 1" resultVariable="n" />'
        process.chain(process.node("startEvent"), process.node(work, "one", extension(how)), process.node("endEvent"))
    stored.engine.deploy([("through.bpmn", through.xml()), ("waits.bpmn", waits.xml())])
    for _ in range(4):
        for process_id in ("scriptTask", "serviceTask"):
            key = stored.engine.start_instance(process_id=process_id, variables={"n": 1}, actor=starter).key
            for given in stored.activate("work"):
                stored.engine.complete_job(given.job.key, {"n": 2})
            # When the origins of each are asked for; then they are those of its record.
            kept, told = kept_and_told(stored, key)
            assert kept == told


def test_what_was_read_out_of_a_data_store_is_unknown(stored: World) -> None:
    # Given an instance that reads an item which other instances wrote
    stored.deploy(counting())
    key = stored.engine.start_instance(process_id="process", actor=ANNA).key
    # When its origins are asked for; then nobody knows whose words it holds.
    kept, told = kept_and_told(stored, key)
    assert "unknown" in kept
    assert kept == told
