"""Python scripts: internal jobs, in the sandbox, with no transaction open."""

import pytest

from laneway.domain.errors import Conflict
from tests.support.drawing import Drawing
from tests.support.world import World


def script(text: str, result: str | None = None) -> Drawing:
    drawing = Drawing()
    process = drawing.process()
    attributes = {"scriptFormat": "python"}
    process.chain(
        process.node("startEvent"),
        process.node("scriptTask", "script", f"<script><![CDATA[{text}]]></script>", **attributes),
        process.node("endEvent"),
    )
    return drawing


def test_a_script_gives_back_what_it_sets(world: World) -> None:
    # Given a script task; when its worker runs; then what it set is in the instance.
    world.deploy(script("total = price * 2\nlabel = 'x'"))
    key = world.start(variables={"price": 4})
    assert world.active(key) == ["script"]
    world.settle()
    assert world.state(key) == "COMPLETED"
    assert world.variables(key) == {"price": 4, "total": 8, "label": "x"}


def test_a_script_that_fails_is_an_incident(world: World) -> None:
    # Given a script that fails until a variable is there; when that is set and the incident resolved; then it goes on.
    world.deploy(script("total = price * 2"))
    key = world.start()
    world.settle()
    (incident,) = world.rows("incidents")
    assert "price" in incident["errorMessage"]
    world.engine.set_variables(key, {"price": 1})
    world.engine.resolve_incident(incident["incidentKey"])
    world.settle()
    assert world.state(key) == "COMPLETED"


@pytest.mark.parametrize("text", ["import os\nos.system('true')", "while True: pass", "raise SystemExit"])
def test_a_hostile_script_is_an_incident_and_the_worker_lives(world: World, text: str) -> None:
    # Given a script that would harm; when it is run; then an incident is all that comes of it.
    world.deploy(script(text))
    world.start()
    world.settle()
    assert len(world.rows("incidents")) == 1


def test_nobody_reports_on_internal_jobs_from_outside(world: World) -> None:
    # Given a script that waits; when someone completes its job; then that is refused.
    world.deploy(script("a = 1"))
    world.start()
    (row,) = world.rows("jobs")
    with pytest.raises(Conflict, match="own"):
        world.engine.complete_job(row["jobKey"])
