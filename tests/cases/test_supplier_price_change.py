"""Every case of supplier-price-change passes; the record alone answers what mission asks; and its documents are what the script writes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from laneway.agents import local_similarity
from laneway.agents.documents import MAX_BYTES, Unreadable, read_table_document
from laneway.cases import ProcessFolder, Services, Session, find_folder, load_case, run_case
from laneway.cases.records import Records
from laneway.domain.errors import Refused
from tests.cases import price_lists

FOLDER: ProcessFolder = find_folder(str(price_lists.FOLDER.parents[1]))
CASES = FOLDER.cases()
PROMISED = {
    "standard",
    "incomplete",
    "conflicting",
    "margin-sensitive",
    "duplicate",
    "past",
    "erp-down-while-posting",
}


@pytest.fixture(autouse=True)
def word_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra `local-ai` were not installed."""
    monkeypatch.setattr(local_similarity, "_embeddings", [None])


def test_the_promised_cases_are_there() -> None:
    assert PROMISED.issubset(path.stem for path in CASES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_has_its_expected_history(path: Path) -> None:
    assert run_case(load_case(path), FOLDER.files()).faults == ()


def test_the_documents_are_those_that_the_script_writes() -> None:
    for name, content in price_lists.documents().items():
        kept = (price_lists.FOLDER / name).read_bytes()
        assert (cells(kept) == cells(content)) if name.endswith(".xlsx") else kept == content, name


def cells(content: bytes) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def test_the_record_alone_answers_who_what_when_and_on_which_policy() -> None:
    # Given a price change that is done, when nothing is asked but the record, then it has every answer.
    told = run_case(load_case(FOLDER.path / "cases" / "standard.yaml"), FOLDER.files()).history
    did = {(entry.element_id, entry.data["command"]): entry for entry in told if entry.kind == "command"}
    policy, read, posted = (did[element, "CompleteJob"] for element in ("FindPolicy", "ReadPriceList", "PostPrices"))
    (source,) = policy.data["sources"]
    assert (source["title"], source["status"], policy.data["dataSources"]) == (
        "Pricing policy 2026",
        "approved",
        {"used": ["pricing-policy"]},
    )
    assert (read.actor, read.data["owner"], read.data["confidence"]) == (
        "agent:read-price-list",
        "data-steward",
        "1.000",
    )
    assert read.data["method"] == "declared headings (no model)"
    (call,) = posted.data["systems"]
    assert (call["system"], call["operation"], call["access"]) == ("erp", "POST /price_changes", "write")
    assert did["ApproveChange", "CompleteUserTask"].actor == "user:clara"
    assert all(float(entry.data["seconds"]) >= 0 for entry in (policy, read, posted))


def test_two_mails_with_one_document_change_the_erp_once() -> None:
    # Given a price list that was posted, when the same document comes in another mail, then nothing changes outside.
    case = load_case(FOLDER.path / "cases" / "standard.yaml")
    submission = dict(case.start.variables["submission"])
    with Services(case.services) as services, Session(FOLDER.files(), begins=case.begins, services=services) as session:
        session.start(case.process, case.start)
        session.complete("ApproveChange", "clara", {"decision": "approve"})
        before = services.contents()["erp"]
        session.engine.correlate_message(
            "supplier-price-list", "", variables={"submission": {**submission, "id": "M-2"}}
        )
        session.settle()
        after = services.contents()["erp"]
        tasks = session.open_tasks()
    assert (len(after["price_changes"]), after["products"], tasks) == (1, before["products"], [])


def test_a_posting_with_a_used_key_and_other_content_is_refused() -> None:
    records = Records((FOLDER.path / "cases" / "services" / "erp.yaml").read_bytes(), "erp.yaml")
    line = {"sku": "NL-1001", "new_price": 5}
    first = records.post("price_changes", {"lines": [line], "effective_date": "2026-02-01"}, "k")
    again = records.post("price_changes", {"lines": [line], "effective_date": "2026-02-01"}, "k")
    with pytest.raises(Refused, match="used for another"):
        records.post("price_changes", {"lines": [], "effective_date": "2026-02-01"}, "k")
    assert first == again
    assert len(records.contents()["price_changes"]) == 1


def test_an_unknown_product_leaves_nothing_of_the_posting() -> None:
    records = Records((FOLDER.path / "cases" / "services" / "erp.yaml").read_bytes(), "erp.yaml")
    lines = [{"sku": "NL-1001", "new_price": 5}, {"sku": "NL-9999", "new_price": 5}]
    with pytest.raises(Refused, match="NL-9999"):
        records.post("price_changes", {"lines": lines}, "k")
    contents = records.contents()
    assert (contents["price_changes"], contents["products"]["NL-1001"]["purchase_price"]) == ([], 4)


def test_a_workbook_that_unpacks_without_end_is_not_read() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(Unreadable, match="unpacks to more"):
        read_table_document(bomb.getvalue())


def test_a_workbook_whose_cells_say_one_word_without_end_is_not_read() -> None:
    # Given a small file in which one text stands in 60,000 cells; when it is read; then not all of it is taken into memory.
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for _ in range(600):
        sheet.append(["x" * 100] * 100)
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(Unreadable, match="more than 5,000,000 characters"):
        read_table_document(file.getvalue())


@pytest.mark.parametrize("content", [b"", b"a\x00b", b"%PDF-1.7\n%%EOF", b"PK\x03\x04nonsense", b"a" * (MAX_BYTES + 1)])
def test_what_is_no_document_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_table_document(content)
