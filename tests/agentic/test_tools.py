"""Tools drawn in a diagram, as they are told to an agent (Camunda 8, "AI agent tool definitions")."""

from pathlib import Path
from typing import Any

import pytest

from laneway.diagrams import load
from laneway.diagrams.agentic import tools_of
from laneway.domain.model import JobSpec, ProcessModel
from laneway.domain.problem import Problem
from laneway.expressions.from_ai import asked, schema_of
from laneway.governance.contracts import load_contracts
from tests.agentic.script import contract
from tests.support.drawing import Drawing, extension, job, mapping

HERE = Path(__file__).parent
COLLECT = (
    '<zeebe:adHoc outputCollection="toolCallResults" '
    'outputElement="={id: toolCall._meta.id, name: toolCall._meta.name, content: toolCallResult}"/>'
)


def read(name: str) -> ProcessModel:
    return load((HERE / name).read_bytes(), name).processes[0]


def findings(
    tool: str = "", *, ad_hoc: str = COLLECT, documentation: str = "Does it.", id: str = "Tool"
) -> list[Problem]:
    """Of an agent with one tool, whose extensions are ``tool``."""
    drawing = Drawing()
    process = drawing.process()
    agent, inside = process.sub(
        "Agent", extension(job("io.camunda.agenticai:aiagent-job-worker:1") + ad_hoc), "adHocSubProcess"
    )
    inside.node("serviceTask", id, f"<documentation>{documentation}</documentation>{extension(job('do') + tool)}")
    process.chain(process.node("startEvent"), agent, process.node("endEvent"))
    problems = load(drawing.xml(), "p.bpmn").problems
    return [problem for problem in problems if problem.rule == "agent_tool"]


def io(source: str, target: str = "x") -> str:
    return mapping(inputs={target: source}, outputs={"toolCallResult": "=1"})


def test_tools_are_what_has_no_incoming_flow_with_their_documentation_and_parameters() -> None:
    # Given an agent that is an ad-hoc sub-process with four flow nodes and an event sub-process; when its tools are read
    model = read("sub_process.bpmn")
    look_up, add, ask = tools_of(model, model.slots["Helper"])

    # Then what a flow leads to is none of them, and each says what it is for and what it needs
    assert look_up.name == "LookUp"
    assert look_up.description == "Finds an order by its number. Use it before anything is said of an order."
    assert look_up.input_schema == {
        "type": "object",
        "properties": {
            "number": {"type": "string", "description": "Number of the order.", "pattern": "^[0-9]+$"},
            "deep": {"type": "boolean", "description": "Whether its history is wanted."},
        },
        "required": ["number"],
        "additionalProperties": False,
    }
    assert add.input_schema["properties"]["terms"]["required"] == ["a", "b"]
    assert ask.input_schema["properties"] == {"question": {"type": "string", "description": "What is to be asked."}}


@pytest.mark.parametrize(
    ("type", "flavour"),
    [
        ("io.camunda.agenticai:aiagent:1", "task"),
        ("io.camunda.agenticai:aiagent:task:2", "task"),
        ("io.camunda.agenticai:aiagent-job-worker:1", "sub_process"),
        ("io.camunda.agenticai:aiagent:subprocess:2", "sub_process"),
        ("io.camunda:http-json:1", None),
    ],
)
def test_an_agent_is_known_by_its_job_type(type: str, flavour: str | None) -> None:
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"), process.node("serviceTask", "Agent", extension(job(type))), process.node("endEvent")
    )
    model = load(drawing.xml(), "p.bpmn").processes[0]

    work = model.nodes[model.slots["Agent"]].work

    assert isinstance(work, JobSpec)
    assert (work.flavour, work.agent) == (flavour, "Agent" if flavour else None)


@pytest.mark.parametrize(
    ("text", "path", "schema", "required"),
    [
        ("=fromAi(toolCall.url)", ("url",), {"type": "string"}, True),
        ('=fromAi(toolCall.url, "Where.")', ("url",), {"type": "string", "description": "Where."}, True),
        (
            '=1 + fromAi(toolCall.n, "How many.", "integer")',
            ("n",),
            {"type": "integer", "description": "How many."},
            True,
        ),
        (
            '={a: [fromAi(toolCall.kind, "Which.", "string", {enum: ["x", "y"]})]}',
            ("kind",),
            {"type": "string", "description": "Which.", "enum": ["x", "y"]},
            True,
        ),
        (
            '=fromAi(toolCall.x, null, null, {type: "array", minItems: 1})',
            ("x",),
            {"type": "array", "minItems": 1},
            True,
        ),
        ("=fromAi(toolCall.x, null, null, null, {required: false})", ("x",), {"type": "string"}, False),
        ("=fromAi(value: toolCall.a.b, options: {required: false})", ("a", "b"), {"type": "string"}, False),
    ],
)
def test_a_parameter_is_read_from_the_call(
    text: str, path: tuple[str, ...], schema: dict[str, Any], required: bool
) -> None:
    (parameter,), misuses = asked(text)
    assert (parameter.path, parameter.schema, parameter.required, misuses) == (path, schema, required, [])


def test_fields_of_a_context_make_an_object_of_it() -> None:
    parameters, _ = asked(
        '=fromAi(toolCall.to.name) + fromAi(toolCall.to.town, "d", "string", null, {required: false})'
    )
    schema = schema_of(parameters)
    assert schema["required"] == ["to"]
    assert set(schema["properties"]["to"]["properties"]) == {"name", "town"}
    assert schema["properties"]["to"]["required"] == ["name"]


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (io('=fromAi("url")'), "no field of toolCall"),
        (io("=fromAi(toolCall.x, description)"), "is computed"),
        (io('=fromAi(toolCall.x, "d", "text")'), "which JSON Schema does not have"),
        (io('=fromAi(toolCall.x, "d", "string", null, {required: "no"})'), "without true or false"),
        (io('=fromAi(toolCall.x, "a") + fromAi(toolCall.x, "b")'), "described twice"),
        (mapping(inputs={"x": "=fromAi(toolCall.x)"}), "no element of this tool sets toolCallResult"),
        (
            '<zeebe:properties><zeebe:property name="io.camunda.agenticai.gateway.type" value="other"/></zeebe:properties>',
            "nothing here knows",
        ),
    ],
)
def test_what_would_not_reach_the_agent_is_told_with_the_element_and_the_remedy(tool: str, said: str) -> None:
    (problem,) = findings(tool)
    assert said in problem.message
    assert problem.element_id == "Tool"
    assert problem.fix


def test_what_is_drawn_as_it_should_be_is_not_spoken_of() -> None:
    assert findings(io('=fromAi(toolCall.x, "What it is.")')) == []


def test_results_that_are_not_collected_are_told() -> None:
    (problem,) = findings(io("=1"), ad_hoc="")
    assert problem.element_id == "Agent"
    assert "not collected" in problem.message


def test_a_tool_without_documentation_is_told() -> None:
    (problem,) = findings(io("=1"), documentation="")
    assert "documentation" in problem.fix


def of_contract(**tools: dict[str, Any]) -> list[Problem]:
    """What is said of the four tools of ``sub_process.bpmn`` under a contract."""
    found = load_contracts(contract(tools=tools)[1], "agents.yaml").contracts
    return list(load((HERE / "sub_process.bpmn").read_bytes(), "p.bpmn", contracts=found, thorough=True).problems)


def test_a_contract_that_names_drawn_tools_is_held_against_what_is_drawn() -> None:
    drawn = {"drawn": True, "access": "read"}
    said = [problem.message for problem in of_contract(LookUp=drawn, Gone=drawn) if problem.rule == "agent_tool"]
    assert [each for each in said if "names the drawn tool Gone" in each]
    assert len([each for each in said if "is not told of it" in each]) == 2


def test_groups_alone_let_anybody_approve() -> None:
    asks: dict[str, Any] = {"drawn": True, "access": "needs_approval", "approval": {"groups": ["owners"]}}
    (problem,) = [each for each in of_contract(LookUp=asks) if each.rule == "agent_approvers"]
    assert "anybody who had no hand in a call of LookUp can approve it" in problem.message
    asks["approval"]["users"] = ["wanda"]
    assert not [each for each in of_contract(LookUp=asks) if each.rule == "agent_approvers"]
