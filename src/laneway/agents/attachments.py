"""Documents that an agent is given with its prompt, or that a tool hands it, as text. They come from strangers, and so does what is in them.

Source: Camunda 8, "AI Agent document support": text, XML, JSON and YAML as they are; of PDF and XLSX what can be read of them. A reference is
``{"camunda.document.type": "external", "url", "name"}``, which is fetched by the way out, or ``{"camunda.document.type": "inline", "name",
"content"}`` with the content in base64, Laneway's own. Of type ``camunda`` (``storeId``, ``documentId``, ``contentHash``, ``metadata``: Camunda 8,
"DocumentReference") the store ``laneway`` is here: files deployed beside the diagram, as far as the contract lets the agent see them.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from laneway.agents.documents import MAX_BYTES, Unreadable, read_table_document
from laneway.agents.egress import EgressError
from laneway.ports import Egress, EgressRequest

TYPE: Final = "camunda.document.type"
MOST = 20
"""Documents of one message."""
MOST_CHARACTERS = 200_000
"""Of all texts of one message."""
SECONDS = 30.0
DEEPEST = 50
STORE: Final = "laneway"
"""The one document store that is here."""


def references_in(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The references to documents anywhere within a JSON value, in its order."""
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        if isinstance(value.get(TYPE), str):
            yield value
        else:
            for each in value.values():
                yield from references_in(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from references_in(each, depth + 1)


def name_of(reference: Mapping[str, Any]) -> str:
    metadata = reference.get("metadata")
    file_name = metadata.get("fileName") if isinstance(metadata, Mapping) else None
    for each in (reference.get("name"), file_name, reference.get("documentId")):
        if isinstance(each, str) and each:
            return each[:200]
    return "document"


async def texts_of(
    references: Sequence[Mapping[str, Any]], egress: Egress | None, files: Mapping[str, bytes] = {}
) -> list[tuple[str, str]]:
    """Name and text of each. ``egress`` None: nothing may be fetched. ``files``: what the agent may see of the store that is here.

    Raises
    ------
    Unreadable
        One of them cannot be had, or is none that can be read; the message says which, and why.
    """
    if len(references) > MOST:
        raise Unreadable(f"there are {len(references)} documents; at most {MOST} are read")
    found: list[tuple[str, str]] = []
    for each in references:
        name = name_of(each)
        try:
            text = await asyncio.to_thread(_text_of, await _content_of(each, egress, files))
        except Unreadable as fault:
            raise Unreadable(f"the document {name!r}: {fault}") from None
        found.append((name, text))
        if sum(len(text) for _, text in found) > MOST_CHARACTERS:
            raise Unreadable(f"the documents hold more than {MOST_CHARACTERS:,} characters")
    return found


async def _content_of(reference: Mapping[str, Any], egress: Egress | None, files: Mapping[str, bytes]) -> bytes:
    match reference.get(TYPE):
        case "inline":
            try:
                content = base64.b64decode(str(reference.get("content", "")), validate=True)
            except (binascii.Error, ValueError):
                raise Unreadable("its content is no base64") from None
        case "external":
            content = await _fetched(str(reference.get("url", "")), egress)
        case "camunda":
            content = _stored(reference, files)
        case other:
            raise Unreadable(
                f"its {TYPE} is {str(other)[:40]!r}, which is none of inline, external and camunda; write one of these in its reference"
            )
    if len(content) > MAX_BYTES:
        raise Unreadable(f"it has {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    return content


def _stored(reference: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    store, id = str(reference.get("storeId") or "")[:100], str(reference.get("documentId") or "")[:200]
    if store != STORE:
        raise Unreadable(
            f"document {id!r} lies in the document store {store!r}, which is not here; hand it in as an external or inline document, or deploy it "
            f"beside the diagram and refer to it with storeId {STORE!r} and its file name as documentId"
        )
    content = files.get(id)
    if content is None:
        raise Unreadable(
            f"no file {id!r} that this agent may see was deployed beside the diagram; deploy it, and name its source among the `data_sources` "
            "of the contract"
        )
    expected = reference.get("contentHash")
    if isinstance(expected, str) and expected and expected.lower() != hashlib.sha256(content).hexdigest():
        raise Unreadable(
            f"the file {id!r} has another SHA-256 than the contentHash of its reference; refer to the file as it is deployed"
        )
    return content


async def _fetched(url: str, egress: Egress | None) -> bytes:
    if egress is None:
        raise Unreadable("it is fetched only from hosts that the contract names under `systems`")
    try:
        answer = await egress.send(EgressRequest("GET", url, timeout=SECONDS))
    except EgressError as fault:
        raise Unreadable(f"it cannot be fetched: {fault}") from None
    if answer.status != 200:
        raise Unreadable(f"its server answers {answer.status}")
    return answer.content


def _text_of(content: bytes) -> str:
    """What it is is told by its bytes, never by its name."""
    if content.startswith((b"%PDF-", b"PK\x03\x04")):
        rows = read_table_document(content).rows
        return "\n".join("\t".join(text for _, text in row) for row in rows)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise Unreadable("it is neither text in UTF-8, PDF nor XLSX")
    return text
