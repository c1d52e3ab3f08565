"""Reading a case: what is refused, and how the message helps."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from laneway.cases.case import parse_case, schema
from laneway.cases.folder import ProcessFolder, find_folder, find_folders, shipped_folder
from laneway.domain.errors import NotFound, Refused

GOOD = """
title: t
process: p
start: {variables: {amount: 1.50, when: 2026-01-02, answer: no}}
steps: [{wait: P1DT2H}, {complete: Decide, by: grace, variables: {ok: true}}]
expect: {state: COMPLETED}
"""


def test_numbers_are_decimals_and_dates_and_words_are_texts_as_they_come_from_the_api() -> None:
    case = parse_case(GOOD.encode(), "cases/good.yaml")

    assert case.name == "good"
    assert case.start.variables == {"amount": Decimal("1.5"), "when": "2026-01-02", "answer": "no"}
    assert case.steps[0].duration == timedelta(days=1, hours=2)
    assert case.begins == datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: [", "this is not YAML"),
        ("title: t", '"process" is a required property'),
        (GOOD.replace("complete: Decide", "finish: Decide"), "steps/1"),
        (GOOD.replace("P1DT2H", "3 days"), "step 1: '3 days' is no ISO 8601 duration such as P3D or PT4H"),
        (GOOD.replace("P1DT2H", "P1M"), "write days instead of months and years"),
        (GOOD.replace("COMPLETED", "DONE"), "expect/state"),
        (GOOD + "begins: tomorrow\n", "begins: 'tomorrow' is no ISO 8601 date and time"),
        (GOOD + "agents: {a: {output: {}, fail: no}}\n", "an answer has exactly one of"),
    ],
)
def test_a_wrong_case_is_refused_with_the_place_and_the_reason(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_case(text.encode(), "cases/wrong.yaml")

    assert refused.value.code == "case_invalid"
    assert refused.value.message.startswith("cases/wrong.yaml")
    assert said in refused.value.message


def test_every_key_of_the_format_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "cases.md").read_text()

    keys = {*schema()["properties"], *schema()["$defs"]["expect"]["properties"]} - {"$schema"}
    keys |= {step["required"][0] for step in schema()["$defs"]["step"]["oneOf"]}
    assert [key for key in sorted(keys) if f"`{key}" not in page] == []


def test_a_folder_gives_all_that_belongs_to_the_diagram_but_no_cases(tmp_path: Path) -> None:
    for name in ("a.bpmn", "agents.yaml", "knowledge/k.md", "cases/c.yaml", ".hidden", "a.bpmn~"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    folder = find_folder(str(tmp_path))

    assert [name for name, _ in folder.files()] == ["a.bpmn", "agents.yaml", "knowledge/k.md"]
    assert [path.name for path in folder.cases()] == ["c.yaml"]


def test_a_single_diagram_takes_along_only_what_is_bound_to_diagrams(tmp_path: Path) -> None:
    for name in ("a.bpmn", "b.bpmn", "f.form", "a.bindings.yaml", "letter.txt"):
        (tmp_path / name).write_text(name)

    folder = find_folder(str(tmp_path / "a.bpmn"))

    assert [name for name, _ in folder.files()] == ["a.bindings.yaml", "a.bpmn", "f.form"]


def test_what_ships_is_found_by_its_id() -> None:
    assert find_folder("customer-service") == shipped_folder("customer-service")


def test_folders_of_folders_give_every_process(tmp_path: Path) -> None:
    for name in ("one", "two", "none"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "x.bpmn").write_text("")
    (tmp_path / "two" / "y.bpmn").write_text("")

    assert find_folders(str(tmp_path)) == [ProcessFolder(tmp_path / "one"), ProcessFolder(tmp_path / "two")]


def test_an_unknown_process_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"nope.* one of: .*customer-service"):
        find_folder("nope")
