"""What Flowable and Activiti writes into diagrams becomes the specs of the domain."""

from __future__ import annotations

import pytest

from laneway.domain.model import DecisionSpec, JobSpec, UserTaskSpec
from tests.diagrams.dialects.extended import extended as _with
from tests.diagrams.sheet import task


@pytest.mark.parametrize("prefix", ["flowable", "activiti"])
def test_flowable_service_and_user_task(prefix: str) -> None:
    field = f'<{prefix}:field name="to"><{prefix}:string>kim</{prefix}:string></{prefix}:field>'
    service = task(_with("serviceTask", field, f'{prefix}:type="mail"'))
    user = task(f'<userTask id="t" {prefix}:candidateGroups="a" {prefix}:formKey="k"/>')

    assert service.work == JobSpec("mail", 3, {"to": "kim"})
    assert isinstance(user.work, UserTaskSpec)
    assert (user.work.candidate_groups, user.work.form_key) == ("a", "k")


def test_flowable_external_worker_and_decision() -> None:
    worker = task('<serviceTask id="t" flowable:type="external-worker" flowable:topic="rate"/>')
    field = "<flowable:field name='decisionTableReferenceKey'><flowable:string>risk</flowable:string></flowable:field>"
    decision = task(_with("serviceTask", field, 'flowable:type="dmn"'))

    assert worker.work == JobSpec("rate")
    assert decision.work == DecisionSpec("risk")
