"""Problems as people and programs read them."""

from __future__ import annotations

import json

import pytest

from laneway.diagrams.formats import render
from laneway.domain.errors import InvalidInput
from laneway.domain.problem import Problem, Severity

PROBLEMS = (
    Problem(Severity.ERROR, "unbound_task", "nothing says who", "Bind it", "my file.bpmn", "t", "Do <b>it</b>", 3, 7),
    Problem(Severity.INFO, "owner_missing", "no owner", file="my file.bpmn"),
)


def test_text_has_a_line_each_and_a_summary() -> None:
    first, second, summary = render(PROBLEMS, "text").splitlines()

    assert first == "my file.bpmn:3: error [unbound_task] t «Do <b>it</b>»: nothing says who → Bind it"
    assert second == "my file.bpmn: info [owner_missing]: no owner"
    assert summary == "1 error, 0 warnings, 1 info"


def test_json_has_every_field() -> None:
    read = json.loads(render(PROBLEMS, "json"))

    assert read["problems"] == [problem.as_dict() for problem in PROBLEMS]
    assert (read["errors"], read["warnings"], read["infos"]) == (1, 0, 1)


def test_sarif_names_rule_level_place_and_element() -> None:
    read = json.loads(render(PROBLEMS, "sarif"))

    assert read["version"] == "2.1.0"
    (run,) = read["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["owner_missing", "unbound_task"]
    first, second = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("unbound_task", 1, "error")
    (location,) = first["locations"]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "my%20file.bpmn"}, "region": {"startLine": 3}}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "t"
    assert second["level"] == "note"


def test_nothing_found_is_said_too() -> None:
    assert render((), "text") == "0 errors, 0 warnings, 0 infos"
    assert json.loads(render((), "sarif"))["runs"][0]["results"] == []


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="text, json, sarif"):
        render(PROBLEMS, "xml")
