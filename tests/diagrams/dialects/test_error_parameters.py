"""What an error takes with it (Flowable, ``out`` of an error end event and ``in`` of what catches it)."""

from __future__ import annotations

import pytest

from tests.support.drawing import Drawing, extension
from tests.support.play import Player

NAMESPACE = 'xmlns:f="http://flowable.org/bpmn"'
ERROR = '<errorEventDefinition errorRef="refused"/>'


@pytest.mark.parametrize(
    ("given", "expected"),
    [('sourceExpression="Too late"', "Too late"), ('sourceExpression="${days + 1}"', 4), ('source="days"', 3)],
)
def test_what_the_end_gives_out_the_catcher_takes_in(given: str, expected: object) -> None:
    # Given a sub-process that ends with an error and gives a reason out; what catches it takes that in
    drawing = Drawing()
    drawing.error("refused", "refused")
    process = drawing.process()
    id, scope = process.sub("inside")
    scope.chain(
        scope.node("startEvent"),
        scope.node("endEvent", "fail", extension(f'<f:out {NAMESPACE} {given} target="reason"/>') + ERROR),
    )
    process.chain(process.node("startEvent"), id, process.node("endEvent"))
    taken = extension(f'<f:in {NAMESPACE} source="reason" target="why"/>')
    process.chain(
        process.node("boundaryEvent", "caught", taken + ERROR, attachedToRef=id), process.node("userTask", "look")
    )

    # When it ends so
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start({"days": 3})

    # Then the reason is known by the name that the catcher gives it, and by no other
    assert player.waiting() == ["look"]
    assert player.variables() == {"days": 3, "why": expected}
