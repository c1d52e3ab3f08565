"""What SpiffWorkflow writes into diagrams becomes the specs of the domain."""

from __future__ import annotations

from laneway.domain.model import DecisionSpec, JobSpec, UserTaskSpec
from tests.diagrams.dialects.extended import extended as _with
from tests.diagrams.sheet import task


def test_spiffworkflow_service_task() -> None:
    operator = (
        '<spiffworkflow:serviceTaskOperator id="http/Get" resultVariable="r"><spiffworkflow:parameters>'
        '<spiffworkflow:parameter id="url" type="str" value="\'http://x\'"/></spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>'
    )

    node = task(_with("serviceTask", operator))

    assert node.work == JobSpec("http/Get", 3, {"resultVariable": "r"})
    assert [each.target for each in node.inputs] == ["url"]


def test_spiffworkflow_decision_and_form() -> None:
    decision = task(_with("businessRuleTask", "<spiffworkflow:calledDecisionId>risk</spiffworkflow:calledDecisionId>"))
    properties = "<spiffworkflow:properties><spiffworkflow:property name='formJsonSchemaFilename' value='f.json'/></spiffworkflow:properties>"
    user = task(_with("userTask", properties))

    assert decision.work == DecisionSpec("risk")
    assert isinstance(user.work, UserTaskSpec)
    assert user.work.form_key == "f.json"
