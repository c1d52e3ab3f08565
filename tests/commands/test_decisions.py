"""Business rule tasks and direct questions: which version of a decision is asked, and what is on record of it."""

from __future__ import annotations

from typing import Any

import pytest

from laneway.domain.errors import LanewayError
from tests.decisions.drawing import decision, dmn, literal, table
from tests.support.drawing import Drawing, extension
from tests.support.world import World

ZEEBE = 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
CAMUNDA = 'xmlns:camunda="http://camunda.org/schema/1.0/dmn"'
CAMUNDA_7 = "http://camunda.org/schema/1.0/bpmn"
GRADED = [("> 10", '"high"'), ("<= 10", '"low"')]


def level(answer: str, tag: str | None = None) -> tuple[str, bytes]:
    """A file with one decision, tagged as Camunda 8 does it."""
    marked = f'<extensionElements><zeebe:versionTag {ZEEBE} value="{tag}"/></extensionElements>' if tag else ""
    return "rules.dmn", dmn(decision("level", marked + literal(f'"{answer}"')))


def asking(called: str, attributes: str = "", id: str = "process") -> tuple[str, bytes]:
    drawing = Drawing()
    process = drawing.process(id)
    process.chain(
        process.node("startEvent"),
        process.node("businessRuleTask", "decide", extension(called) if called else ""),
        process.node("endEvent"),
    )
    return f"{id}.bpmn", drawing.xml().replace(
        b'<businessRuleTask id="decide"', f'<businessRuleTask id="decide" {attributes}'.encode()
    )


def zeebe(binding: str = "", decision_id: str = "level") -> tuple[str, bytes]:
    return asking(f'<zeebe:calledDecision decisionId="{decision_id}" resultVariable="found" {binding}/>')


def camunda(attributes: str) -> tuple[str, bytes]:
    return asking(
        "", f'xmlns:camunda="{CAMUNDA_7}" camunda:decisionRef="level" camunda:resultVariable="found" {attributes}'
    )


VERSIONS = [level("first", "spring"), level("second", "spring"), level("third")]


@pytest.mark.parametrize(
    ("diagram", "found"),
    [
        (zeebe(), "fourth"),
        (zeebe('bindingType="latest"'), "fourth"),
        (zeebe('bindingType="deployment"'), "third"),
        (zeebe('bindingType="versionTag" versionTag="spring"'), "second"),
        (zeebe(decision_id="=&quot;lev&quot; + &quot;el&quot;"), "fourth"),
        (camunda('camunda:mapDecisionResult="singleEntry"'), "fourth"),
        (camunda('camunda:mapDecisionResult="singleEntry" camunda:decisionRefBinding="latest"'), "fourth"),
        (camunda('camunda:mapDecisionResult="singleEntry" camunda:decisionRefBinding="deployment"'), "third"),
        (
            camunda(
                'camunda:mapDecisionResult="singleEntry" camunda:decisionRefBinding="version" camunda:decisionRefVersion="1"'
            ),
            "first",
        ),
        (
            camunda(
                'camunda:mapDecisionResult="singleEntry" camunda:decisionRefBinding="versionTag" '
                'camunda:decisionRefVersionTag="spring"'
            ),
            "second",
        ),
        (camunda('camunda:mapDecisionResult="collectEntries"'), ["fourth"]),
        (camunda('camunda:mapDecisionResult="singleResult"'), {"level": "fourth"}),
        (camunda('camunda:mapDecisionResult="resultList"'), [{"level": "fourth"}]),
    ],
)
def test_a_task_asks_the_version_that_it_is_bound_to(world: World, diagram: tuple[str, bytes], found: Any) -> None:
    # Given three versions of a decision, the third deployed with the diagram, and one after it
    for file in VERSIONS[:2]:
        world.engine.deploy([file])
    world.engine.deploy([VERSIONS[2], diagram])
    world.engine.deploy([level("fourth")])
    # When an instance runs, then the version that it names has answered.
    assert world.variables(world.start())["found"] == found


@pytest.mark.parametrize(
    "binding",
    [
        'camunda:decisionRefBinding="version" camunda:decisionRefVersion="7"',
        'camunda:decisionRefBinding="version" camunda:decisionRefVersion="one"',
        'camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="autumn"',
    ],
)
def test_a_version_that_is_not_there_is_an_incident(world: World, binding: str) -> None:
    # Given a task that is bound to a version nobody deployed; when it runs; then an incident says so.
    world.engine.deploy([VERSIONS[0], camunda(binding)])
    world.start()
    (incident,) = world.rows("incidents")
    assert incident["errorType"] == "DECISION_EVALUATION_ERROR"
    assert "No decision «level» is deployed" in incident["errorMessage"]


def test_camunda_7_tags_are_read(world: World) -> None:
    # Given a decision tagged as Camunda 7 does it; when it is deployed; then the tag is known.
    marked = dmn(decision("level", literal("1"))).replace(
        b'<decision id="level"', f'<decision {CAMUNDA} camunda:versionTag="v7" id="level"'.encode()
    )
    world.engine.deploy([("rules.dmn", marked)])
    assert [row["versionTag"] for row in world.rows("decision-definitions")] == ["v7"]


def test_a_decision_is_found_by_its_name_too(world: World) -> None:
    # Given a task that names a decision as its drawing does, as jBPM has it; when it runs; then it is found.
    world.engine.deploy(
        [
            ("rules.dmn", dmn(decision("_1", literal('"named"'), name="Level of risk"))),
            zeebe(decision_id="Level of risk"),
        ]
    )
    assert world.variables(world.start())["found"] == "named"


# Records

CHAIN = dmn(
    decision("base", literal("amount + 1")),
    decision("level", table(["base"], ["level"], GRADED), "decision:base"),
    decision("answer", literal('level + "!"'), "decision:level"),
)
OVERLAP = dmn(
    decision("base", literal("amount + 1")),
    decision("level", table(["base"], ["level"], [("-", "1"), ("-", "2")]), "decision:base"),
    decision("answer", literal("level"), "decision:level"),
)


def test_every_decision_that_was_required_is_an_instance_of_its_own(stored: World) -> None:
    # Given a decision that requires two others; when a task asks it
    deployed = stored.engine.deploy([("rules.dmn", CHAIN), zeebe(decision_id="answer")])
    root = stored.start(variables={"amount": 11})
    # Then all three are on record, in the order in which they were made, each with its own definition.
    rows = stored.rows("decision-instances")
    keys = {each.decision_id: each.key for each in deployed.decisions}
    assert [(row["decisionDefinitionId"], row["sequence"], row["result"]) for row in rows] == [
        ("base", 1, 12),
        ("level", 2, "high"),
        ("answer", 3, "high!"),
    ]
    assert [row["decisionDefinitionKey"] for row in rows] == [keys["base"], keys["level"], keys["answer"]]
    assert {row["rootDecisionDefinitionKey"] for row in rows} == {keys["answer"]}
    assert {row["processInstanceKey"] for row in rows} == {root}
    assert len({row["decisionEvaluationKey"] for row in rows}) == 1
    assert [row["decisionEvaluationInstanceKey"] for row in rows] == [
        f"{rows[0]['decisionEvaluationKey']}-{place}" for place in (1, 2, 3)
    ]
    # And the table tells its inputs, the rules that matched, and the file it stands in.
    details = rows[1]["details"]
    assert details["evaluatedInputs"] == [{"inputId": "in0", "inputName": "base", "inputValue": 12}]
    assert [(one["ruleIndex"], one["ruleId"]) for one in details["matchedRules"]] == [(1, "r1")]
    assert details["hitPolicy"] == "UNIQUE"
    assert details["hash"] == deployed.decisions[0].hash


def test_a_failed_decision_is_on_record_beside_its_incident(stored: World) -> None:
    # Given a decision that requires one whose rules overlap; when a task asks it
    stored.engine.deploy([("rules.dmn", OVERLAP), zeebe(decision_id="answer")])
    stored.start(variables={"amount": 1})
    # Then what was made, and what failed, is on record, and an incident stands at the task.
    rows = stored.rows("decision-instances")
    assert [(row["decisionDefinitionId"], row["state"]) for row in rows] == [("base", "EVALUATED"), ("level", "FAILED")]
    (incident,) = stored.rows("incidents")
    assert incident["errorType"] == "DECISION_EVALUATION_ERROR"
    assert rows[1]["evaluationFailure"] in incident["errorMessage"]
    assert rows[1]["elementInstanceKey"] == incident["elementInstanceKey"]
    assert [one["ruleIndex"] for one in rows[1]["details"]["matchedRules"]] == [1, 2]
    # And it can be found by its state and by its reason.
    assert [row["decisionDefinitionId"] for row in stored.rows("decision-instances", state="FAILED")] == ["level"]
    found = stored.rows("decision-instances", evaluationFailure=rows[1]["evaluationFailure"])
    assert [row["decisionDefinitionId"] for row in found] == ["level"]


def test_a_direct_question_is_on_record_without_a_process(stored: World) -> None:
    # Given a deployed decision; when it is asked directly
    stored.engine.deploy([("rules.dmn", CHAIN)])
    asked = stored.engine.evaluate_decision(decision_id="answer", variables={"amount": 1})
    # Then its instances are on record, and belong to no process.
    rows = stored.rows("decision-instances", decisionEvaluationKey=asked.evaluation_key)
    assert [row["decisionDefinitionId"] for row in rows] == ["base", "level", "answer"]
    assert {row["processInstanceKey"] for row in rows} == {None}
    assert {row["elementInstanceKey"] for row in rows} == {None}
    assert stored.engine.get("decision-instances", f"{asked.evaluation_key}-2")["result"] == "low"


def test_a_direct_question_that_fails_is_on_record_and_raised(stored: World) -> None:
    # Given a decision that fails; when it is asked directly; then it is raised, and kept.
    stored.engine.deploy([("rules.dmn", OVERLAP)])
    with pytest.raises(LanewayError) as raised:
        stored.engine.evaluate_decision(decision_id="answer", variables={"amount": 1})
    assert raised.value.code == "hit_policy_violated"
    assert [row["state"] for row in stored.rows("decision-instances")] == ["EVALUATED", "FAILED"]
    told = stored.engine.evaluate_decision(decision_id="answer", variables={"amount": 1}, raises=False)
    assert told.fault is not None
    assert told.output is None


def test_an_older_version_is_asked_by_its_key(world: World) -> None:
    # Given two versions; when the older one is asked by its key; then it answers.
    first = world.engine.deploy([VERSIONS[0]]).decisions[0]
    world.engine.deploy([VERSIONS[1]])
    asked = world.engine.evaluate_decision(decision_key=first.key)
    assert (asked.output, asked.version) == ("first", 1)


def test_what_was_decided_is_not_deleted(world: World) -> None:
    # Given an evaluation; when it is to be deleted; then that is refused, as for instances.
    world.engine.deploy([VERSIONS[0]])
    asked = world.engine.evaluate_decision(decision_id="level")
    with pytest.raises(LanewayError) as kept:
        world.engine.delete_decision_evaluation(asked.evaluation_key)
    assert kept.value.code == "history_is_kept"
    with pytest.raises(LanewayError) as unknown:
        world.engine.delete_decision_evaluation(17)
    assert unknown.value.code == "decision_instance_not_found"


# Several files, services

RATES = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="rates" name="Rates" namespace="https://rates">
  <decision id="rate" name="rate"><variable name="rate"/><literalExpression><text>amount / 10</text></literalExpression></decision>
</definitions>"""
USING = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="using" name="Using" namespace="https://using">
  <import name="r" namespace="https://rates" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
  <decision id="double" name="double"><variable name="double"/>
    <informationRequirement><requiredDecision href="https://rates#rate"/></informationRequirement>
    <literalExpression><text>r.rate * 2</text></literalExpression></decision>
</definitions>"""
SERVING = dmn(
    '<inputData id="i" name="n"><variable name="n"/></inputData>',
    decision("twice", literal("n * 2"), "input:i"),
    '<decisionService id="s" name="Doubling"><variable name="Doubling"/><outputDecision href="#twice"/><inputData href="#i"/></decisionService>',
)


def test_a_decision_asks_one_of_another_file_of_its_deployment(stored: World) -> None:
    # Given two files, one of which imports the other; when a task asks; then both decisions are on record.
    stored.engine.deploy([("using.dmn", USING), ("rates.dmn", RATES), zeebe(decision_id="double")])
    assert stored.variables(stored.start(variables={"amount": 50}))["found"] == 10
    rows = stored.rows("decision-instances")
    assert [(row["decisionDefinitionId"], row["decisionDefinitionVersion"]) for row in rows] == [
        ("rate", 1),
        ("double", 1),
    ]


def test_a_decision_service_is_asked_like_a_decision(stored: World) -> None:
    # Given a file with a decision service; when a task asks it; then its decisions are made, on record.
    deployed = stored.engine.deploy([("serving.dmn", SERVING), zeebe(decision_id="s")])
    assert [one.decision_id for one in deployed.decisions] == ["twice", "s"]
    assert stored.variables(stored.start(variables={"n": 21}))["found"] == 42
    assert [row["decisionDefinitionId"] for row in stored.rows("decision-instances")] == ["twice", "s"]
    again = stored.engine.deploy([("serving.dmn", SERVING), zeebe(decision_id="s")])
    assert [one.version for one in again.decisions] == [1, 1]


def test_an_import_that_is_not_handed_in_refuses_the_deployment(world: World) -> None:
    # Given a file that imports another; when it is deployed alone; then that is refused.
    with pytest.raises(LanewayError, match="import-missing"):
        world.engine.deploy([("using.dmn", USING)])


# Diagrams of other vendors

FLOWABLE = "http://flowable.org/bpmn"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
FIELD = f"""<flowable:field xmlns:flowable="{FLOWABLE}" name="decisionTableReferenceKey"><flowable:string>level</flowable:string></flowable:field>"""
DATA = """<ioSpecification>
  <dataInput id="in1" name="namespace"/><dataInput id="in2" name="model"/><dataInput id="in3" name="decision"/>
  <inputSet><dataInputRefs>in1</dataInputRefs><dataInputRefs>in2</dataInputRefs><dataInputRefs>in3</dataInputRefs></inputSet><outputSet/>
</ioSpecification>""" + "".join(
    f"<dataInputAssociation><targetRef>{target}</targetRef><assignment><from>{value}</from><to>{target}</to></assignment></dataInputAssociation>"
    for target, value in (("in1", "x"), ("in2", "Rules"), ("in3", "Level of it"))
)
TABLE = dmn(decision("level", table(["amount"], ["grade"], GRADED), name="Level of it"))
ROWS = dmn(
    decision("level", table(["amount"], ["grade"], [("> 0", '"a"'), ("> 5", '"b"')], "COLLECT"), name="Level of it")
)


def of_vendor(tag: str, attributes: str, inner: str) -> tuple[str, bytes]:
    drawing = Drawing()
    process = drawing.process()
    process.chain(process.node("startEvent"), process.node(tag, "decide", inner), process.node("endEvent"))
    return "process.bpmn", drawing.xml().replace(
        f'<{tag} id="decide"'.encode(), f'<{tag} id="decide" {attributes}'.encode()
    )


VENDORS = {
    "flowable": of_vendor("serviceTask", f'xmlns:flowable="{FLOWABLE}" flowable:type="dmn"', extension(FIELD)),
    "spiffworkflow": of_vendor(
        "businessRuleTask", "", extension(f'<s:calledDecisionId xmlns:s="{SPIFF}">level</s:calledDecisionId>')
    ),
    "jbpm": of_vendor(
        "businessRuleTask",
        'xmlns:drools="http://www.jboss.org/drools" drools:dg="x" implementation="http://www.jboss.org/drools/dmn"',
        DATA,
    ),
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_diagrams_of_other_vendors_ask_decisions(world: World, vendor: str) -> None:
    # Given a diagram of a vendor that names no variable for the result; when it runs; then the output is a variable.
    world.engine.deploy([("rules.dmn", TABLE), VENDORS[vendor]])
    assert world.variables(world.start(variables={"amount": 11}))["grade"] == "high"


@pytest.mark.parametrize(
    ("vendor", "found"),
    [
        ("flowable", {"level": [{"grade": "a"}, {"grade": "b"}]}),
        ("spiffworkflow", {"grade": ["a", "b"]}),
    ],
)
def test_several_results_come_as_the_vendor_has_them(world: World, vendor: str, found: dict[str, Any]) -> None:
    # Given a table that collects; when a diagram of a vendor asks it; then its results have that vendor's shape.
    world.engine.deploy([("rules.dmn", ROWS), VENDORS[vendor]])
    variables = world.variables(world.start(variables={"amount": 11}))
    assert {name: value for name, value in variables.items() if name != "amount"} == found


def test_a_bindings_file_names_a_decision(world: World) -> None:
    # Given a task bound in a file beside the diagram; when it runs; then the decision answers.
    bindings = b"version: 1\nprocess: process\nelements:\n  decide: {decision: level, resultVariable: found}\n"
    diagram = of_vendor("businessRuleTask", "", "")
    world.engine.deploy([("rules.dmn", TABLE), diagram, ("process.bindings.yaml", bindings)])
    assert world.variables(world.start(variables={"amount": 1}))["found"] == "low"
