"""A document with a table in it, CSV, XLSX or PDF, as rows of cells. What it is is told by its bytes, never by its name."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from laneway.agents.document_reader import CELL_CHARACTERS, CELLS, ROWS

MAX_BYTES = 5_000_000
READ_SECONDS = 20.0
_READER = Path(__file__).with_name("document_reader.py")

DocumentKind = Literal["csv", "xlsx", "pdf"]


class Unreadable(Exception):
    """The document cannot be read; the message says why, without its content."""


@dataclass(frozen=True, slots=True)
class TableDocument:
    """``rows``: cells that are not empty, each with its place: the column's number, or where it begins in the line of a PDF."""

    kind: DocumentKind
    sha256: str
    rows: tuple[tuple[tuple[int, str], ...], ...]


def read_table_document(content: bytes) -> TableDocument:
    """
    Raises
    ------
    Unreadable
        Too large, none of the three kinds, or broken.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable(f"the document has {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    kind = _kind(content)
    rows = _csv(content) if kind == "csv" else _confined(kind, content)
    kept = ([(place, text.strip()) for place, text in row if text.strip()] for row in rows)
    return TableDocument(kind, hashlib.sha256(content).hexdigest(), tuple(tuple(row) for row in kept if row))


def _kind(content: bytes) -> DocumentKind:
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    if not content.strip() or b"\x00" in content:
        raise Unreadable("the document is empty, or neither CSV, XLSX nor PDF")
    return "csv"


def _csv(content: bytes) -> list[list[tuple[int, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("windows-1252", errors="replace")
    first = "".join(text.splitlines(keepends=True)[:50])
    mark = max(";\t|,", key=lambda candidate: first.count(candidate))
    rows: list[list[tuple[int, str]]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=mark):
            rows.append([(place, cell[:CELL_CHARACTERS]) for place, cell in enumerate(row[:CELLS])])
            if len(rows) >= ROWS:
                break
    except csv.Error as fault:
        raise Unreadable(f"the document is no CSV: {fault}") from None
    return rows


def _confined(kind: DocumentKind, content: bytes) -> list[list[tuple[int, str]]]:
    command = [sys.executable, "-I", str(_READER), kind]
    try:
        # A program of ours with a word of ours; what is not ours comes as its input.
        done = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, timeout=READ_SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"reading the {kind.upper()} took longer than {READ_SECONDS:g} seconds") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise Unreadable(f"reading the {kind.upper()} took more memory or time than a document may") from None
    if "fault" in answer:
        raise Unreadable(f"the {kind.upper()} cannot be read: {answer['fault']}")
    return [[(int(place), str(text)) for place, text in row] for row in answer["rows"]]
