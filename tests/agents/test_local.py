"""The embedded agent: each task on real texts, by the rules that its reference promises."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.agents.requests import contract, request

from laneway.agents.environment import AgentEnvironment
from laneway.agents.local import create
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentResult

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def run(config: Mapping[str, Any], input: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> AgentResult:
    agent = create(config, AgentEnvironment(clock=lambda: NOW))
    agreed = contract("local", config, input_schema={"type": "object", "properties": {"subject": {}, "text": {}}})
    return asyncio.run(agent.run(request(agreed, input=input, files=files or {})))


def completed(
    config: Mapping[str, Any], input: Mapping[str, Any], files: Mapping[str, bytes] | None = None
) -> AgentCompleted:
    result = run(config, input, files)
    assert isinstance(result, AgentCompleted), result
    return result


def failed(config: Mapping[str, Any], input: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> str:
    result = run(config, input, files)
    assert isinstance(result, AgentFailed), result
    assert not result.retryable
    return result.reason


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"task": "compose"},
        {"task": "classify"},
        {"task": "classify", "labels": {"one": "only"}},
        {"task": "classify", "labels": {"a": "x", "b": {"desc": "y"}}},
        {"task": "classify", "labels": {"a": "x", "b": {}}},
        {"task": "classify", "labels": {"a": "x", "b": "y"}, "speed": 1},
        {"task": "classify", "labels": {"a": "x", "b": "y"}, "similarity": "magic"},
        {"task": "summarise", "sentences": 0},
        {"task": "summarise", "sentences": True},
        {"task": "summarise", "extract": {"fields": {}}},
        {"task": "extract", "fields": {"a": {}}},
        {"task": "extract", "fields": {"a": {"kind": "shoe_size"}}},
        {"task": "extract", "fields": {"a": {"kind": "date", "pattern": "x"}}},
        {"task": "extract", "fields": {"a": {"pattern": "(?=x)"}}},
        {"task": "extract", "fields": {"a": {"kind": "date", "all": "yes"}}},
        {"task": "retrieve", "top": 0},
        {"task": "retrieve", "minimum": 2},
        {"task": "retrieve", "files": [1]},
        {"task": "draft"},
        {"task": "draft", "template": "a", "templates": {"default": "b"}},
        {"task": "draft", "templates": {"default": "b"}},
        {"task": "draft", "template": "Dear {{input.name"},
        {"task": "draft", "template": "Dear {{os.environ}}"},
        {"task": "draft", "template": "{{#if input.a}} x"},
        {"task": "draft", "template": "{{/if}} x"},
        {"task": "recommend"},
        {"task": "recommend", "rules": [{"when": {"field": "a"}, "option": "b"}]},
        {"task": "recommend", "rules": [{"when": {"field": "a", "at_least": "5"}, "option": "b"}]},
        {"task": "recommend", "rules": [{"when": {"field": "a", "one_of": "5"}, "option": "b"}]},
    ],
)
def test_a_wrong_config_is_refused(config: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"`|unknown|slot|place|closed|needs"):
        create(config, AgentEnvironment())


LABELS = {
    "delivery": {"description": "where a parcel is and when it comes", "keywords": ["parcel", "Paket"]},
    "invoice": "an invoice, a bill or a payment",
    "legal": {"description": "lawyer, court", "examples": ["My lawyer will sue you"]},
}


def test_classify_says_label_confidence_alternatives_and_why() -> None:
    result = completed(
        {"task": "classify", "labels": LABELS}, {"subject": "Question", "text": "Please send me the invoice again."}
    )

    assert result.output["category"] == "invoice"
    assert result.output["language"] in ("en", "unknown")
    assert Decimal("0.5") < result.output["confidence"] <= Decimal("0.95")
    assert result.confidence == float(result.output["confidence"])
    assert next(entry["label"] for entry in result.output["alternatives"]) == "invoice"
    assert "nearest is 'invoice'" in result.rationale
    assert result.model == "all-MiniLM-L6-v2 (int8)"
    assert "no language model" in result.method


def test_classify_is_unsure_of_what_has_nothing_to_do_with_it() -> None:
    result = completed({"task": "classify", "labels": LABELS}, {"text": "What is the weather like on Mars?"})

    assert result.confidence is not None
    assert result.confidence < 0.4


def test_classify_lowers_its_confidence_in_a_language_that_the_model_does_not_know() -> None:
    result = completed(
        {"task": "classify", "labels": LABELS}, {"text": "Wo bleibt mein Paket? Ich warte seit zwei Wochen."}
    )

    assert result.output["category"] == "delivery"
    assert result.output["language"] == "de"
    assert "the confidence is lowered" in result.rationale
    assert result.confidence is not None
    assert result.confidence < 0.8


def test_classify_without_the_model_compares_words_and_says_so() -> None:
    result = completed(
        {"task": "classify", "labels": LABELS, "similarity": "words"}, {"text": "The parcel never came."}
    )

    assert result.output["category"] == "delivery"
    assert result.model == "word-overlap"
    assert result.method.startswith("word overlap (no model")


def test_the_output_field_and_the_fields_read_can_be_chosen() -> None:
    config = {"task": "classify", "labels": LABELS, "field": "kind", "text": ["mail.body"], "similarity": "words"}

    result = completed(config, {"text": "my lawyer sues you in court", "mail": {"body": "an invoice or a bill"}})

    assert result.output["kind"] == "invoice"


def test_nothing_to_read_is_said_so() -> None:
    assert "no text" in failed({"task": "classify", "labels": LABELS}, {"text": "  ", "number": 5})


def test_a_text_without_end_is_not_read() -> None:
    assert "at most 100,000" in failed({"task": "classify", "labels": LABELS}, {"text": "a" * 100_001})


def test_the_same_text_gives_the_same_result() -> None:
    given = {"text": "Where is my order? It should have come on Monday."}
    config = {"task": "classify", "labels": LABELS}

    first, again = completed(config, given), completed(config, given)

    assert first.output == again.output
    assert first.rationale == again.rationale


LETTER = """Hello,
I bought a coffee machine two weeks ago. The parcel has still not arrived and the tracking page shows nothing.
My neighbour has a nice dog. Please tell me where the coffee machine is.
Kind regards
Anna"""


@pytest.mark.parametrize("similarity", ["auto", "words"])
def test_a_summary_is_made_of_the_customers_own_sentences(similarity: str) -> None:
    result = completed({"task": "summarise", "sentences": 2, "similarity": similarity}, {"text": LETTER})

    summary = result.output["summary"]
    assert all(sentence.strip(". ") in LETTER for sentence in summary.split(". "))
    assert "dog" not in summary
    assert "Hello" not in summary
    assert "Kind regards" not in summary
    assert result.confidence is None


def test_a_summary_comes_with_details() -> None:
    config = {"task": "summarise", "extract": {"into": "details", "fields": {"order_number": {"kind": "order_number"}}}}

    result = completed(config, {"text": "My order 100234 is late. Where is it?"})

    assert result.output["details"] == {"order_number": "100234"}
    assert "rules" in result.method


def extract(fields: Mapping[str, Any], text: str) -> AgentCompleted:
    return completed({"task": "extract", "fields": fields}, {"text": text})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("amount", "It cost € 1,234.50 plus 20 euros", Decimal("1234.50")),
        ("amount", "Der Preis war 1.234,50 EUR", Decimal("1234.50")),
        ("amount", "1 234,50 € et 5 €", Decimal("1234.50")),
        ("amount", "CHF 1'234.50", Decimal("1234.50")),
        ("amount", "89.90EUR", Decimal("89.90")),
        ("amount", "twelve parcels in 2024", None),
        ("currency", "I paid $5 and £20", "GBP"),
        ("order_number", "Where is order 100234?", "100234"),
        ("order_number", "order no. 4711 please", "4711"),
        ("order_number", "Bestellung Nr. AB-123456", "AB-123456"),
        ("order_number", "ma commande numéro 9988", "9988"),
        ("order_number", "mi pedido 55443", "55443"),
        ("order_number", "invoice RE-2024 for order A1234", "A1234"),
        ("order_number", "it is #7788", "7788"),
        ("order_number", "an order from 2024 over 10000 euros", None),
        ("order_number", "order of 2026-11-23", None),
        ("date", "bought on 2026-11-03", "2026-11-03"),
        ("date", "am 3.11.2026", "2026-11-03"),
        ("date", "on 11/23/2026", "2026-11-23"),
        ("date", "3. November 2026", "2026-11-03"),
        ("date", "November 3rd, 2026", "2026-11-03"),
        ("date", "el 23 de noviembre de 2026", "2026-11-23"),
        ("date", "le 1er février 2026", "2026-02-01"),
        ("date", "99.99.2026", None),
        ("email", "write to a.b+c@example.co.uk.", "a.b+c@example.co.uk"),
        ("phone", "call +49 30 123456-78 now", "+49 30 123456-78"),
        ("phone", "order 1234567", None),
        ("language", "Ich habe die Rechnung nicht bekommen", "de"),
        ("language", "Je ne trouve pas la facture et vous", "fr"),
        ("language", "No encuentro la factura, gracias por su ayuda", "es"),
        ("language", "I did not get the invoice", "en"),
        ("language", "42", "unknown"),
        ("anger", "This is UNACCEPTABLE!", True),
        ("anger", "Das ist eine Unverschämtheit", True),
        ("anger", "C'est scandaleux", True),
        ("anger", "Estoy harta", True),
        ("anger", "I am happy with my saucer", False),
        ("legal", "My solicitor will write to you", True),
        ("legal", "Ich schalte meinen Anwalt ein", True),
        ("legal", "J'appelle mon avocat", True),
        ("legal", "Voy a hablar con un abogado", True),
        ("legal", "I sued nobody, the courtyard is fine", True),
        ("legal", "The courtyard is fine", False),
    ],
)
def test_kinds(kind: str, text: str, value: Any) -> None:
    assert extract({"found": {"kind": kind}}, text).output["found"] == value


def test_all_of_a_kind_once_each() -> None:
    result = extract(
        {"n": {"kind": "order_number", "all": True}, "d": {"kind": "date", "all": True}}, "orders #111, #222 and #111"
    )

    assert result.output == {"n": ["111", "222"], "d": [], "missing": []}


def test_patterns_and_keywords() -> None:
    fields = {
        "contract": {"pattern": r"contract (?:no\.? ?)?([A-Z]{2}[0-9]{6})"},
        "colour": {"keywords": ["red", "dark green"]},
    }

    result = extract(fields, "My contract no. AB123456 is Dark-Green, not hatred")

    assert result.output == {"contract": "AB123456", "colour": "dark green", "missing": []}
    assert result.rationale == "contract at character 3"
    assert result.method == "declared rules (no model)"


def test_what_is_required_and_missing_lowers_the_confidence() -> None:
    result = extract({"a": {"kind": "amount", "required": True}, "d": {"kind": "date", "required": True}}, "20 euros")

    assert result.output["missing"] == ["d"]
    assert result.confidence == 0.5


@pytest.mark.parametrize("text", ["a" * 100_000, "order " * 16_000, "1,000" * 20_000, "€ 1 " * 25_000, "a@a." * 25_000])
def test_no_text_makes_extraction_slow(text: str) -> None:
    kinds = ("amount", "order_number", "date", "email", "phone", "anger", "legal")
    fields = {kind: {"kind": kind} for kind in kinds} | {"evil": {"pattern": "(a+)+$"}}

    result = extract(fields, text)

    assert result.usage.seconds < 5


def knowledge(title: str, body: str, status: str = "approved", **front: str) -> bytes:
    lines = [f"title: {title}", f"status: {status}", *(f"{key}: {value}" for key, value in front.items())]
    return f"---\n{chr(10).join(lines)}\n---\n# {title}\n\n{body}\n".encode()


RETURNS = "Goods can be returned within thirty days. We refund the price after the return has arrived."
FILES = {
    "knowledge/returns.md": knowledge("Returns", RETURNS, owner="care", valid_until="2026-11-23"),
    "knowledge/returns-old.md": knowledge("Returns", RETURNS, owner="care", valid_until="2026-11-22"),
    "knowledge/returns-new.md": knowledge("Returns", RETURNS, owner="care", valid_from="2026-11-24"),
    "knowledge/returns-outdated.md": knowledge("Returns", RETURNS, "outdated", owner="care"),
    "knowledge/returns-draft.md": knowledge("Returns", RETURNS, "draft", owner="care"),
    "knowledge/returns-orphan.md": knowledge("Returns", RETURNS),
    "knowledge/returns-date.md": knowledge("Returns", RETURNS, owner="care", valid_until="soon"),
    "knowledge/returns-plain.md": RETURNS.encode(),
    "knowledge/returns-latin.md": b"\xff",
    "knowledge/returns-odd.md": b"---\na: [\n---\n" + RETURNS.encode(),
    "knowledge/garden.md": knowledge("Garden", "Roses want sun and water.", owner="gardener"),
    "other.bpmn": b"<xml/>",
}


@pytest.mark.parametrize("similarity", ["auto", "words"])
def test_only_approved_and_valid_knowledge_is_given(similarity: str) -> None:
    config = {"task": "retrieve", "similarity": similarity}

    result = completed(config, {"text": "How do I return goods and get a refund?"}, FILES)

    (passage,) = result.output["passages"]
    assert passage["name"] == "knowledge/returns.md"
    assert passage["passage"] == RETURNS
    assert (passage["title"], passage["owner"], passage["status"]) == ("Returns", "care", "approved")
    assert len(passage["sha256"]) == 64
    assert result.sources == ({key: value for key, value in passage.items() if key != "passage"},)


def test_knowledge_that_is_not_used_is_named_with_the_reason() -> None:
    result = completed({"task": "retrieve", "similarity": "words"}, {"text": "refund"}, FILES)

    reasons = {entry["name"].removeprefix("knowledge/"): entry["reason"] for entry in result.output["not_used"]}
    assert reasons["returns-old.md"] == "not valid since 2026-11-22"
    assert reasons["returns-new.md"] == "not valid before 2026-11-24"
    assert reasons["returns-outdated.md"] == "its status is 'outdated', not 'approved'"
    assert reasons["returns-draft.md"] == "its status is 'draft', not 'approved'"
    assert reasons["returns-orphan.md"] == "it has no owner"
    assert reasons["returns-date.md"] == "valid_until is no date"
    assert reasons["returns-plain.md"] == "it has no front matter that says who approved it"
    assert reasons["returns-latin.md"] == "it is not UTF-8"
    assert reasons["returns-odd.md"].startswith("its front matter cannot be read")
    assert "other.bpmn" not in str(reasons)


def test_nothing_near_gives_nothing() -> None:
    result = completed({"task": "retrieve"}, {"text": "Which planets have rings of ice?"}, FILES)

    assert result.output["passages"] == []
    assert result.confidence == 0


def test_files_are_chosen_by_pattern() -> None:
    result = completed(
        {"task": "retrieve", "files": ["gard*.md"], "similarity": "words"}, {"text": "return goods"}, FILES
    )

    assert result.output["passages"] == []
    assert result.output["not_used"] == []


PASSAGES = [
    {
        "title": "Returns",
        "name": "returns.md",
        "status": "approved",
        "sha256": "ab",
        "passage": "Send it back.",
        "relevance": Decimal("0.8"),
    },
    {
        "title": "Returns",
        "name": "returns.md",
        "status": "approved",
        "sha256": "ab",
        "passage": "Keep the box.",
        "relevance": Decimal("0.5"),
    },
    {"passage": "from nowhere"},
]


def draft(template: str, **input: Any) -> AgentCompleted:
    return completed({"task": "draft", "template": template}, input)


def test_a_draft_is_the_template_filled() -> None:
    result = draft("Dear {{input.name | customer}},\n\n{{passages}}\n\n{{citations}}", passages=PASSAGES)

    assert result.output["text"] == "Dear customer,\n\nSend it back.\n\nKeep the box.\n\n[1] Returns"
    assert result.output["sources"] == [
        {"title": "Returns", "name": "returns.md", "status": "approved", "sha256": "ab"}
    ]
    assert result.output["confidence"] == Decimal("0.800")
    assert result.method == "filled template (no model wrote it)"


def test_a_draft_that_needs_sources_and_has_none_is_worth_nothing() -> None:
    result = draft("Dear {{input.name | customer}}, {{answer}}", passages=[])

    assert result.confidence == 0
    assert result.output["sources"] == []


def test_a_draft_with_empty_slots_is_worth_less() -> None:
    result = draft("{{input.a}} {{input.b}} {{input.c}}", a="A", b="", c=None)

    assert result.output["text"] == "A"
    assert result.output["empty_slots"] == ["input.b", "input.c"]
    assert result.output["confidence"] == Decimal("0.490")


def test_a_draft_without_sources_needs_none() -> None:
    result = draft("Case {{input.id}}", id="7", passages=PASSAGES)

    assert (result.confidence, result.output["sources"]) == (1.0, [])


def test_conditions_in_templates() -> None:
    template = "{{#if input.a}}A{{#if input.b}}B{{else}}no b{{/if}}!{{else}}none{{/if}}."

    assert draft(template, a=1, b=1).output["text"] == "AB!."
    assert draft(template, a=1).output["text"] == "Ano b!."
    assert draft(template, b=1).output["text"] == "none."


def test_values_are_never_read_as_template() -> None:
    assert (
        draft("{{input.a}} {{input.b.0.c}}", a="{{input.secret}}", b=[{"c": "{{/if}}"}]).output["text"]
        == "{{input.secret}} {{/if}}"
    )


def test_values_read_as_people_write_them() -> None:
    assert (
        draft("{{input.n}} {{input.l}} {{input.t}}", n=Decimal("1E+2"), l=["a", 2], t=True).output["text"]
        == "100 a, 2 yes"
    )


def test_a_template_is_chosen_by_a_field_and_may_be_a_file() -> None:
    config = {
        "task": "draft",
        "choose": "category",
        "templates": {"delivery": "t/delivery.md", "default": "Hello {{input.name}}"},
    }
    files = {"t/delivery.md": b"Parcel for {{input.name}}"}

    assert completed(config, {"category": "delivery", "name": "Anna"}, files).output["text"] == "Parcel for Anna"
    assert completed(config, {"category": "else", "name": "Anna"}, files).output["text"] == "Hello Anna"


@pytest.mark.parametrize(("content", "said"), [(None, "not deployed"), (b"\xff", "UTF-8"), (b"{{nothing}}", "no slot")])
def test_a_template_file_that_cannot_be_used_is_said_so(content: bytes | None, said: str) -> None:
    files = {} if content is None else {"t.md": content}

    assert said in failed({"task": "draft", "template": "t.md"}, {}, files)


RULES = [
    {"when": {"field": "amount", "at_least": 500}, "option": "specialist", "because": "too much money"},
    {"when": {"field": "amount", "at_most": Decimal("1.5")}, "option": "ignore"},
    {"when": {"field": "category", "one_of": ["legal"]}, "option": "lawyers"},
    {"when": {"field": "category", "equals": "spam"}, "option": "bin"},
    {"when": {"field": "details.photo", "present": True}, "option": "replace"},
]


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"amount": 500}, "specialist"),
        ({"amount": Decimal("1.50")}, "ignore"),
        ({"amount": "500", "category": "legal"}, "lawyers"),
        ({"amount": True, "category": "spam"}, "bin"),
        ({"details": {"photo": "x.jpg"}}, "replace"),
    ],
)
def test_rules_recommend_first(given: Mapping[str, Any], option: str) -> None:
    result = completed({"task": "recommend", "rules": RULES}, given)

    assert result.output["recommendation"] == option
    assert result.confidence == 1


def test_without_a_rule_the_nearest_option_is_recommended() -> None:
    config = {
        "task": "recommend",
        "rules": RULES,
        "options": {"refund": "give the money back", "repair": "repair the broken machine"},
    }

    result = completed(config, {"text": "The machine is broken, please repair it", "amount": 20})

    assert result.output["recommendation"] == "repair"
    assert "nearest is 'repair'" in result.output["because"]


def test_nothing_to_recommend_by_is_said_so() -> None:
    assert "no rule holds" in failed({"task": "recommend", "rules": RULES}, {"amount": 20})
