"""Code of other platforms: scripts are jobs for a worker, plain comparisons are read, everything else is refused by name."""

from __future__ import annotations

import pytest

from laneway.domain.model import JobSpec
from tests.diagrams.sheet import draw, errors, in_line, model, one, sheet, task


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("groovy", "groovy"),
        ("application/x-groovy", "groovy"),
        ("JavaScript", "javascript"),
        ("text/javascript", "javascript"),
        ("secure-javascript", "javascript"),
        ("js", "javascript"),
        ("http://www.java.com/java", "java"),
        ("http://www.mvel.org/2.0", "mvel"),
        ("jruby", "ruby"),
        ("application/x-lua", "x-lua"),
    ],
)
def test_a_script_in_another_language_is_a_job(written: str, language: str) -> None:
    node = task(f'<scriptTask id="t" scriptFormat="{written}"><script>x = "${{y}}"</script></scriptTask>')

    assert node.work == JobSpec(f"script:{language}", 3, {"scriptFormat": written, "script": 'x = "${y}"'})


def test_the_job_of_a_script_knows_its_result_and_its_file() -> None:
    node = task(
        '<scriptTask id="t" scriptFormat="groovy" camunda:resource="rate.groovy" camunda:resultVariable="rate"/>'
    )

    assert node.work == JobSpec(
        "script:groovy", 3, {"scriptFormat": "groovy", "resource": "rate.groovy", "resultVariable": "rate"}
    )


@pytest.mark.parametrize("marked", ["${a + 1}", "=a + 1"])
def test_marks_say_that_a_text_is_an_expression_whatever_its_language(marked: str) -> None:
    body = f"""<startEvent id="s"/><exclusiveGateway id="g" default="h"/><endEvent id="e"/><endEvent id="f"/>
        <sequenceFlow id="a" sourceRef="s" targetRef="g"/><sequenceFlow id="h" sourceRef="g" targetRef="f"/>
        <sequenceFlow id="c" sourceRef="g" targetRef="e">
        <conditionExpression language="groovy">{marked} </conditionExpression></sequenceFlow>"""

    condition = model(draw(body)).flows[2].condition

    assert condition is not None
    assert condition.evaluate({"a": 1}) == 2


def _condition(text: str, language: str) -> bytes:
    return sheet(
        f"""<startEvent id="s"/><exclusiveGateway id="g" default="h"/><endEvent id="e"/><endEvent id="f"/>
        <sequenceFlow id="a" sourceRef="s" targetRef="g"/><sequenceFlow id="h" sourceRef="g" targetRef="f"/>
        <sequenceFlow id="c" sourceRef="g" targetRef="e">
        <conditionExpression language="{language}"><![CDATA[{text}]]></conditionExpression></sequenceFlow>"""
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("return n > 5;", "http://www.java.com/java"),
        ("n > 5 && !done", "groovy"),
        ("kind === 'b' && kind !== 'a'", "javascript"),
        ('return KieFunctions.greaterThan(n,"5");', "http://www.java.com/java"),
        ('(String) kcontext.getVariable("kind").equals("b")', "java"),
        ('!kind.equals("a")', "java"),
        ("return order.getTotal() >= 3;", "http://www.mvel.org/2.0"),
    ],
)
def test_a_condition_that_only_compares_is_read(text: str, language: str) -> None:
    from laneway.diagrams import load

    condition = model(load(_condition(text, language), "sheet.bpmn")).flows[2].condition

    assert condition is not None
    assert condition.evaluate_boolean({"n": 6, "done": False, "kind": "b", "order": {"total": 3}})
    assert not condition.evaluate_boolean({"n": 5, "done": True, "kind": "a", "order": {"total": 2}})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("n / 2 > 3", "groovy"),
        ("order.isLarge()", "java"),
        ("n = 5", "groovy"),
        ("n == 1; true", "javascript"),
        ("println 'x'", "groovy"),
        ("'${n}' == '5'", "groovy"),
        ("eval( from Order() )", "http://www.jboss.org/drools/rule"),
        ("n > 5", "ruby"),
    ],
)
def test_a_condition_that_does_more_is_refused_by_name(text: str, language: str) -> None:
    from laneway.diagrams import load

    problem = one(load(_condition(text, language), "sheet.bpmn"), "language_unsupported")

    assert (problem.element_id, language in problem.message) == ("c", True)


def test_a_binding_replaces_a_condition_that_cannot_be_read() -> None:
    from laneway.diagrams import load

    bindings = {"process": None, "elements": {"c": {"condition": "= n > 5"}}}

    assert errors(load(_condition("n / 2 > 3", "groovy"), "sheet.bpmn", bindings=bindings)) == []


def test_a_mapping_in_another_language_is_refused() -> None:
    mapping = (
        "<extensionElements><camunda:inputOutput><camunda:inputParameter name='a'>"
        "<camunda:script scriptFormat='groovy'>b.collect { it }</camunda:script>"
        "</camunda:inputParameter></camunda:inputOutput></extensionElements>"
    )

    assert one(draw(in_line(f'<userTask id="t">{mapping}</userTask>', "t")), "language_unsupported").element_id == "t"
