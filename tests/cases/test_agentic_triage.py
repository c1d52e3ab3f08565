"""Every case of agentic-triage passes, together they cover the diagram, and nothing is granted that no person approved."""

from __future__ import annotations

from pathlib import Path

import pytest

from laneway.agents import local_similarity
from laneway.cases import coverage_of, find_folder, load_case, run_case

FOLDER = find_folder(str(Path(__file__).parents[2] / "bpmn" / "agentic-triage"))


def test_every_case_has_its_expected_history_and_the_diagram_is_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_similarity, "_embeddings", [None])  # as if the extra `local-ai` were not installed
    results = [run_case(load_case(path), FOLDER.files()) for path in FOLDER.cases()]
    assert [result.faults for result in results] == [(), ()]
    (coverage,) = coverage_of(results)
    assert (coverage.missed_nodes, coverage.missed_flows) == ((), ())
    granted = {
        result.case.name: [
            entry.actor
            for entry in result.history
            if entry.kind == "command" and entry.element_id == "GrantAccess" and entry.data["command"] == "CompleteJob"
        ]
        for result in results
    }
    approvals = {
        result.case.name: [
            (entry.actor, entry.data["command"])
            for entry in result.history
            if entry.kind == "command" and entry.data["command"] in ("RequestApproval", "Approve", "Reject")
        ]
        for result in results
    }
    assert approvals == {
        "granted": [("agent:Triage", "RequestApproval"), ("user:wanda", "Approve")],
        "refused": [("agent:Triage", "RequestApproval"), ("user:wanda", "Reject")],
    }
    assert granted == {"granted": ["agent:grant-access"], "refused": []}
