"""Reads one XLSX or PDF from standard input and writes its cells to standard output. A program of its own, run by ``documents``.

A document comes from a stranger, and so does whatever makes its parser loop or grow. So it is read in a process that can do
nothing else: little memory, little time, no file, no environment, and killed when it is late. Imports nothing of ours.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from datetime import date, datetime
from importlib import import_module
from typing import Any

CPU_SECONDS = 10
MEMORY_BYTES = 1 << 30
UNPACKED_BYTES = 50_000_000
MEMBERS = 1_000
PAGES = 100
ROWS = 10_000
CELLS = 100
CELL_CHARACTERS = 1_000
CHARACTERS = 5_000_000
"""Of all cells together: a word that a document holds once may stand in a million of its cells."""

Cells = list[tuple[int, str]]
"""Place and text: the number of the column, or where the text begins in its line."""


def xlsx(content: bytes) -> list[Cells]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS or sum(member.file_size for member in members) > UNPACKED_BYTES:
            raise ValueError(f"it unpacks to more than {UNPACKED_BYTES:,} bytes or {MEMBERS:,} parts")
    openpyxl: Any = import_module("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    rows: list[Cells] = []
    left = CHARACTERS
    for sheet in book.worksheets:
        for row in sheet.iter_rows(max_row=ROWS, max_col=CELLS, values_only=True):
            rows.append([(place, _text(value)) for place, value in enumerate(row) if value is not None])
            left -= _length(rows[-1])
            if left < 0:
                raise ValueError(f"its cells hold more than {CHARACTERS:,} characters")
            if len(rows) >= ROWS:
                return rows
    return rows


def pdf(content: bytes) -> list[Cells]:
    pypdf: Any = import_module("pypdf")
    reader = pypdf.PdfReader(io.BytesIO(content))
    if len(reader.pages) > PAGES:
        raise ValueError(f"it has more than {PAGES} pages")
    rows: list[Cells] = []
    left = CHARACTERS
    for page in reader.pages:
        for line in page.extract_text(extraction_mode="layout").splitlines():
            found = re.finditer(r"\S+(?: \S+)*", line)
            rows.append([(match.start(), match.group(0)[:CELL_CHARACTERS]) for match in found][:CELLS])
            left -= _length(rows[-1])
            if left < 0:
                raise ValueError(f"its cells hold more than {CHARACTERS:,} characters")
            if len(rows) >= ROWS:
                return rows
    return rows


def _length(row: Cells) -> int:
    return sum(len(text) for _, text in row)


def _text(value: Any) -> str:
    if isinstance(value, datetime) and value.time() == value.min.time():
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)[:CELL_CHARACTERS]


def _confine() -> None:
    try:
        import resource
    except ImportError:  # not on every system; the time limit of the caller holds everywhere
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main(kind: str) -> None:
    _confine()
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = {"rows": (xlsx if kind == "xlsx" else pdf)(content)}
    except ImportError as missing:
        answer = {"fault": f"{missing.name} is not installed: install Laneway with the extra `documents`"}
    except Exception as fault:  # whatever a parser throws at a document that is wrong, it is the document's fault
        answer = {"fault": f"{type(fault).__name__}: {fault}"[:300]}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
