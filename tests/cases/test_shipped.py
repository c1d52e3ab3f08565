"""Every case that ships passes, with sentence embeddings and with shared words, and together they cover the diagram."""

from pathlib import Path

import pytest

from laneway.agents import local_similarity
from laneway.cases import ProcessFolder, coverage_of, find_folder, load_case, run_case

FOLDER: ProcessFolder = find_folder(str(Path(__file__).parents[2] / "bpmn" / "customer-service"))
CASES = FOLDER.cases()
REQUIRED = {
    "routine",
    "refund",
    "legal-threat",
    "angry",
    "missing-answered",
    "missing-unanswered",
    "low-confidence",
    "agent-down",
    "language-changes",
}


@pytest.fixture
def word_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra `local-ai` were not installed."""
    monkeypatch.setattr(local_similarity, "_embeddings", [None])


def test_the_promised_cases_are_there() -> None:
    assert REQUIRED.issubset(path.stem for path in CASES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_shipped_case_has_its_expected_history_on_word_overlap(path: Path, word_overlap: None) -> None:
    assert run_case(load_case(path), FOLDER.files()).faults == ()


@pytest.mark.slow
def test_all_shipped_cases_pass_with_embeddings_and_cover_the_whole_diagram() -> None:
    results = [run_case(load_case(path), FOLDER.files()) for path in CASES]

    assert [fault for result in results for fault in result.faults] == []
    (coverage,) = coverage_of(results)
    assert (coverage.missed_nodes, coverage.missed_flows) == ((), ())


def test_a_case_gives_the_same_history_each_time(word_overlap: None) -> None:
    case = load_case(FOLDER.path / "cases" / "angry.yaml")

    first, second = (run_case(case, FOLDER.files()) for _ in range(2))

    facts = [
        [(entry.at, entry.kind, entry.element_id, entry.actor) for entry in run.history] for run in (first, second)
    ]
    assert facts[0] == facts[1]


def test_knowledge_that_is_not_approved_or_not_valid_any_more_is_never_used(word_overlap: None) -> None:
    result = run_case(load_case(FOLDER.path / "cases" / "routine.yaml"), FOLDER.files())

    assert result.outcome is not None
    used = {passage["name"] for passage in result.outcome.variables["knowledge"]}
    assert used == {"knowledge/delivery-times.md"}
