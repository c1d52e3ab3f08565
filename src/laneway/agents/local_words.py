"""Words, sentences and languages, by plain rules: what the local agent knows without a model."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_TEXT = 100_000
MAX_SENTENCES = 300

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”»)]*\s+(?=[\"'“«(¿¡]*[A-ZÀ-ÖØ-Þ0-9¿¡])|\n+")

_COMMON = {
    "en": "the and is my you have not please it to for of i was with this that are on be your from we at can would",
    "de": "ich und nicht die der das ist bitte meine mein habe wir sie mit für auf ein eine zu den es war von noch im werde meinen wo seit auch kann",
    "fr": "je et le la les est pas mon ma vous une bonjour merci ai de des pour que dans sur avec nous du en ce",
    "es": "yo y el los mi por favor hola gracias no ha una que de la para con en es se lo he me su las un",
}
_BY_LANGUAGE = {language: frozenset(words.split()) for language, words in _COMMON.items()}
STOP_WORDS = frozenset(word for words in _BY_LANGUAGE.values() for word in words if len(word) < 7) | frozenset(
    [
        "a",
        "an",
        "am",
        "as",
        "by",
        "do",
        "does",
        "did",
        "has",
        "had",
        "if",
        "in",
        "or",
        "so",
        "us",
        "our",
        "me",
        "his",
        "her",
        "its",
        "will",
        "hi",
        "hello",
        "dear",
        "hallo",
    ]
)

_ANGER = """
outrageous; unacceptable; furious; disgrace; disgraceful; disgusting; ridiculous; fed up; worst; appalling; never again; scam;
rip-off; ripped off; had enough; sick of; sick and tired; terrible service; absolute joke; incompetent; useless; shame on you
unverschämt; unverschämtheit; frechheit; unglaublich; inakzeptabel; wütend; sauer; stinksauer; skandal; abzocke; betrug;
nie wieder; reicht mir; nase voll; unmöglich; katastrophe; lächerlich; saftladen
inadmissible; inacceptable; furieux; furieuse; honteux; scandaleux; scandale; arnaque; ras le bol; plus jamais; ridicule; marre; lamentable
inaceptable; indignante; furioso; furiosa; vergüenza; vergonzoso; escándalo; estafa; harto; harta; nunca más; ridículo; pésimo; pésima; enfadado; enfadada
"""
_LEGAL = """
lawyer; lawyers; solicitor; attorney; court; lawsuit; sue; suing; sued; legal action; legal steps; legal proceedings; ombudsman;
regulator; trading standards; small claims; litigation; consumer protection
anwalt; anwältin; rechtsanwalt; rechtsanwältin; gericht; klage; verklagen; klagen; rechtliche schritte; rechtsweg; strafanzeige; anzeige erstatten;
verbraucherschutz; verbraucherzentrale; abmahnung; mahnbescheid
avocat; avocate; tribunal; justice; plainte; poursuites; action en justice; mise en demeure; ufc; dgccrf; médiateur
abogado; abogada; tribunal; juzgado; demanda; demandar; denuncia; denunciar; acciones legales; vía judicial; oficina del consumidor
"""


def _entries(text: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(folded(entry.strip()) for line in text.split("\n") for entry in line.split(";") if entry.strip())
    )


def folded(text: str) -> str:
    """Lower case without accents, so that ``Envío`` and ``envio`` are one word."""
    # Once before, too: to put a long row of marks in order takes the square of its length.
    return _unmarked(unicodedata.normalize("NFKD", _unmarked(text.casefold())))


def _unmarked(text: str) -> str:
    return text if text.isascii() else "".join(each for each in text if not unicodedata.combining(each))


def words(text: str) -> list[str]:
    """The words of ``text``, folded, in order."""
    return _WORD.findall(folded(text))


def found_phrases(text: str, phrases: tuple[str, ...] | list[str]) -> list[str]:
    """Those of ``phrases`` that stand in ``text`` as whole words; case and accents don't matter."""
    flat = " " + " ".join(words(text)) + " "
    return [phrase for phrase in phrases if f" {' '.join(words(phrase))} " in flat]


def sentences(text: str) -> list[str]:
    """Sentences and lines, trimmed, in order; at most 300."""
    found = [piece.strip() for piece in _SENTENCE_END.split(text[:MAX_TEXT]) if piece and piece.strip()]
    return found[:MAX_SENTENCES]


def guess_language(text: str) -> str:
    """``en de fr es`` by the commonest words; ``unknown`` if fewer than two are found or two languages tie."""
    found = [word.casefold() for word in re.findall(r"[^\W\d_]+", text[:MAX_TEXT])]
    counts = sorted(
        ((sum(word in common for word in found), code) for code, common in _BY_LANGUAGE.items()), reverse=True
    )
    (best, language), (second, _) = counts[0], counts[1]
    return language if best >= 2 and best > second else "unknown"


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A crude English stem: enough that ``refunds`` and ``refunded`` meet."""
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


ANGER = _entries(_ANGER)
LEGAL = _entries(_LEGAL)
