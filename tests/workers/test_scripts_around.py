"""Python before and after an element, as SpiffWorkflow's diagrams have it: done in the sandbox, between the steps."""

from __future__ import annotations

from tests.diagrams.dialects.extended import extended
from tests.diagrams.sheet import in_line, sheet
from tests.support.world import World


def test_what_scripts_around_a_task_set_goes_on_behind_it(world: World) -> None:
    scripts = (
        "<spiffworkflow:preScript>fee = amount * 2</spiffworkflow:preScript>"
        "<spiffworkflow:postScript>total = amount + fee</spiffworkflow:postScript>"
    )
    world.engine.deploy([("p.bpmn", sheet(in_line(extended("serviceTask", scripts, 'camunda:topic="rate"'), "t")))])
    instance = world.start("p", {"amount": 5})

    world.settle()
    job = world.one_job("rate")
    world.engine.complete_job(job.job.key, {"rated": True})
    world.settle()

    assert job.variables["fee"] == 10
    assert world.state(instance) == "COMPLETED"
    assert world.variables(instance) == {"amount": 5, "fee": 10, "total": 15, "rated": True}
