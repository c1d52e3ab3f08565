"""Decision files come in through the gate that diagrams come in through."""

import pytest

from laneway.domain.errors import LanewayError
from tests.support.world import World

DMN = """<?xml version="1.0" encoding="{encoding}"?>
{doctype}<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="rules" name="Rules" namespace="https://example.org">
  {extra}<decision id="level" name="Level"><variable name="level"/><literalExpression><text>1</text></literalExpression></decision>
</definitions>"""

REFUSED = {
    "dtd_forbidden": DMN.format(encoding="UTF-8", doctype="<!DOCTYPE definitions>\n", extra="").encode(),
    "xinclude_forbidden": DMN.format(
        encoding="UTF-8", doctype="", extra='<include xmlns="http://www.w3.org/2001/XInclude" href="/etc/hostname"/>'
    ).encode(),
    "unsupported_encoding": DMN.format(encoding="UTF-16", doctype="", extra="").encode("utf-16"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_decision_that_the_gate_refuses_is_not_deployed(world: World, code: str) -> None:
    # Given a decision file with what no gate lets in; when it is deployed; then the gate's code comes back.
    with pytest.raises(LanewayError) as refused:
        world.engine.deploy([("rules.dmn", REFUSED[code])])

    assert refused.value.code == code
    assert world.rows("decision-definitions") == []


@pytest.mark.parametrize("code", REFUSED)
def test_a_decision_that_the_gate_refuses_is_reported(world: World, code: str) -> None:
    # Given the same file; when it is checked; then the report names the file and the gate's code.
    report = world.engine.check([("rules.dmn", REFUSED[code])])

    assert [(problem.file, problem.rule) for problem in report.problems] == [("rules.dmn", code)]


def test_a_decision_that_passes_the_gate_runs(world: World) -> None:
    # Given a file in Latin-1, which the gate reads; when it is deployed and its decision made; then it gives its answer.
    world.engine.deploy([("rules.dmn", DMN.format(encoding="ISO-8859-1", doctype="", extra="").encode("latin-1"))])

    assert world.engine.evaluate_decision(decision_id="level").output == 1
