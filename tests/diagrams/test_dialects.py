"""What holds for every dialect."""

from __future__ import annotations

import pytest

from tests.diagrams.dialects.extended import ext as _ext, extended as _with
from tests.diagrams.sheet import draw, errors, in_line, model, one


@pytest.mark.parametrize(
    "listener",
    [
        '<camunda:executionListener class="x" event="take"/>',
        '<camunda:taskListener class="x" event="timeout"/>',
        "<spiffworkflow:preScript>x = = 1</spiffworkflow:preScript>",
    ],
)
def test_what_changes_behaviour_and_does_not_run_is_refused(listener: str) -> None:
    assert one(draw(in_line(_with("userTask", listener), "t")), "not_supported_yet").element_id == "t"


def test_unknown_extensions_are_noted_and_harmless() -> None:
    element = _with("userTask", """<x:y xmlns:x="http://vendor.example.org"/>""")

    diagram = draw(in_line(element, "t"))

    assert errors(diagram) == []
    assert model(diagram).node("t").properties["extensions"] == ["http://vendor.example.org"]


def test_a_start_form_is_kept_with_the_start_event() -> None:
    form = _ext('<zeebe:formDefinition formId="f"/>')

    assert model(draw(f'<startEvent id="s">{form}</startEvent>')).node("s").properties["formId"] == "f"
