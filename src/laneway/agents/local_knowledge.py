"""Knowledge files: Markdown with front matter that says who owns a text, whether it is approved, and how long it holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from laneway.agents.local_words import sentences
from laneway.yaml_gate import DocumentFault, read_document

MAX_PASSAGE = 1200
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_HEADING = re.compile(r"\A#{1,6}[ \t]+(.*?)[ \t#]*\Z")


@dataclass(frozen=True, slots=True)
class KnowledgeFile:
    """``unusable``: why it may not be used on any day, or None. ``passages``: its paragraphs, headings left out."""

    name: str
    sha256: str
    title: str
    owner: str
    status: str
    valid_from: date | None
    valid_until: date | None
    passages: tuple[str, ...]
    unusable: str | None

    def why_not(self, today: date) -> str | None:
        """Why it may not be used ``today``; None if it may."""
        if self.unusable is not None:
            return self.unusable
        if self.valid_until is not None and self.valid_until < today:
            return f"not valid since {self.valid_until.isoformat()}"
        if self.valid_from is not None and self.valid_from > today:
            return f"not valid before {self.valid_from.isoformat()}"
        return None

    def citation(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "name": self.name,
            "owner": self.owner,
            "status": self.status,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "sha256": self.sha256,
        }


def read_all(files: Mapping[str, bytes], patterns: tuple[str, ...]) -> list[KnowledgeFile]:
    """The files whose name, or last part of it, matches one of ``patterns``, in the order of their names."""
    chosen = [name for name in sorted(files) if any(_fits(name, pattern) for pattern in patterns)]
    return [read_knowledge(name, files[name]) for name in chosen]


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name.rpartition("/")[2], pattern)


@lru_cache(maxsize=512)
def read_knowledge(name: str, content: bytes) -> KnowledgeFile:
    digest = hashlib.sha256(content).hexdigest()
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return KnowledgeFile(name, digest, name, "", "unknown", None, None, (), "it is not UTF-8")
    match = _FRONT_MATTER.match(text)
    if match is None:
        return KnowledgeFile(
            name, digest, name, "", "unknown", None, None, (), "it has no front matter that says who approved it"
        )
    try:
        front = read_document(match.group(1).encode()).value
    except DocumentFault as fault:
        return KnowledgeFile(
            name, digest, name, "", "unknown", None, None, (), f"its front matter cannot be read: {fault.message}"
        )
    return _with_front_matter(name, digest, front if isinstance(front, dict) else {}, text[match.end() :])


def _with_front_matter(name: str, digest: str, front: dict[str, Any], body: str) -> KnowledgeFile:
    status, owner = str(front.get("status") or "unknown"), str(front.get("owner") or "")
    problem = None
    dates: dict[str, date | None] = {}
    for key in ("valid_from", "valid_until"):
        value = front.get(key)
        try:
            dates[key] = None if value is None else date.fromisoformat(str(value))
        except ValueError:
            dates[key] = None
            problem = f"{key} is no date"
    if not owner:
        problem = "it has no owner"
    if status != "approved":
        problem = f"its status is {status!r}, not 'approved'"
    title = str(front.get("title") or name)
    return KnowledgeFile(
        name, digest, title, owner, status, dates["valid_from"], dates["valid_until"], _passages(body), problem
    )


def _passages(body: str) -> tuple[str, ...]:
    found: list[str] = []
    for paragraph in _PARAGRAPHS.split(body):
        lines = [line.strip() for line in paragraph.strip().split("\n")]
        text = " ".join(line for line in lines if line and not _HEADING.match(line))
        if text:
            found += _pieces(text)
    return tuple(found)


def _pieces(text: str) -> list[str]:
    """Long paragraphs are cut between sentences: the model reads about 1,200 characters at once."""
    pieces: list[str] = []
    for sentence in sentences(text) if len(text) > MAX_PASSAGE else [text]:
        if pieces and len(pieces[-1]) + len(sentence) < MAX_PASSAGE:
            pieces[-1] += f" {sentence}"
        else:
            pieces.append(sentence)
    return pieces
