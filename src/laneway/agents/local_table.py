"""Task ``table``: the records of a price list or any other table in a CSV, XLSX or PDF document, by the headings declared."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from laneway.agents.documents import TableDocument, Unreadable, read_table_document
from laneway.agents.local_kinds import KINDS, number_in
from laneway.agents.local_task import CannotDo, Settings, Tools, decimal
from laneway.agents.local_words import folded
from laneway.agents.templating import lookup
from laneway.domain.contract import AgentCompleted, AgentRequest

_SPACE = re.compile(r"[\s:*]+")
_NUMBER = re.compile(r"[0-9](?:[0-9.,'’\u00a0 ]*[0-9])?")
Row = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Slot:
    """A column or a single field: under which headings it stands, and how its text is read."""

    name: str
    headings: frozenset[str]
    kind: str
    required: bool


class Table:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "document columns fields into")
        self._document = settings.text("document", "content")
        self._into = settings.text("into", "lines")
        self._columns = tuple(_slot("columns", name, entry) for name, entry in settings.mapping("columns").items())
        given = settings.mapping("fields") if settings.has("fields") else {}
        self._fields = tuple(_slot("fields", name, entry) for name, entry in given.items())

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        try:
            document = read_table_document(_content(lookup(request.input, self._document)))
        except Unreadable as fault:
            raise CannotDo(str(fault)) from None
        header, places = self._header(document)
        lines = [] if header is None else self._lines(document, header, places)
        above = document.rows if header is None else document.rows[:header]
        fields = {slot.name: _labelled(slot, (*above, *document.rows[len(above) :])) for slot in self._fields}
        missing = self._missing(places, lines, fields)
        wanted = [slot for slot in (*self._columns, *self._fields) if slot.required]
        there = sum(slot.name in places or fields.get(slot.name) is not None for slot in wanted)
        confidence = decimal(there / len(wanted) if wanted else float(bool(lines)))
        output = {
            "kind": document.kind,
            "sha256": document.sha256,
            self._into: lines,
            **fields,
            "missing": missing,
            "confidence": confidence,
        }
        because = (
            f"{document.kind}, {len(lines)} rows, {len(places)} of {len(self._columns)} columns, {len(missing)} missing"
        )
        source = {"title": f"document ({document.kind})", "sha256": document.sha256}
        return AgentCompleted(
            output, float(confidence), because, "rules", "declared headings (no model)", sources=(source,)
        )

    def _header(self, document: TableDocument) -> tuple[int | None, dict[str, int]]:
        """The row with the most headings, two at least, and where each column stands."""
        best: dict[str, int] = {}
        found = None
        for index, row in enumerate(document.rows):
            places: dict[str, int] = {}
            for place, text in row:
                for slot in self._columns:
                    if _plain(text) in slot.headings and slot.name not in places:
                        places[slot.name] = place
                        break
            if len(places) > max(1, len(best)):
                found, best = index, places
        return found, best

    def _lines(self, document: TableDocument, header: int, places: Mapping[str, int]) -> list[dict[str, Any]]:
        lines = []
        for row in document.rows[header + 1 :]:
            cells = _cells(document, document.rows[header], row)
            texts = {slot.name: cells.get(places[slot.name]) for slot in self._columns if slot.name in places}
            if sum(text is not None for text in texts.values()) < min(2, len(places)):
                continue  # a remark below the table, a page number
            lines.append({slot.name: _read(slot.kind, texts.get(slot.name)) for slot in self._columns})
        return lines

    def _missing(self, places: Mapping[str, int], lines: list[dict[str, Any]], fields: Mapping[str, Any]) -> list[str]:
        found = [_spoken(slot.name) for slot in self._fields if slot.required and fields[slot.name] is None]
        if not lines:
            return [*found, "table"]
        for slot in self._columns:
            if slot.required and slot.name not in places:
                found.append(_spoken(slot.name))
            elif slot.required:
                empty = [str(number) for number, line in enumerate(lines, 1) if line[slot.name] is None]
                found += [f"{_spoken(slot.name)} in row {', '.join(empty[:5])}"] if empty else []
        return found


def _content(value: Any) -> bytes:
    if not isinstance(value, str):
        raise CannotDo("there is no document: its content comes as base64 text")
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise CannotDo("the document is no base64 text") from None


def _cells(document: TableDocument, header: Row, row: Row) -> dict[int, str]:
    """By the place of the heading that they stand under: in a PDF the nearest one, where an empty cell leaves no trace."""
    if document.kind != "pdf":
        return dict(row)
    spans = [(place, place + len(text)) for place, text in header]
    cells: dict[int, str] = {}
    for place, text in row:
        end = place + len(text)
        nearest = min(spans, key=lambda span: min(abs(span[0] - place), abs(span[1] - end)))
        cells.setdefault(nearest[0], text)
    return cells


def _labelled(slot: _Slot, rows: tuple[Row, ...]) -> Any:
    """The value beside its label, or behind it in the same cell (``Effective date: 1 March 2026``)."""
    for row in rows:
        for index, (_, text) in enumerate(row):
            plain = _plain(text)
            if plain in slot.headings and index + 1 < len(row):
                value = _read(slot.kind, row[index + 1][1])
            elif any(plain.startswith(label + " ") for label in slot.headings):
                label = max((label for label in slot.headings if plain.startswith(label + " ")), key=len)
                value = _read(slot.kind, _behind(text, label))
            else:
                continue
            if value is not None:
                return value
    return None


def _behind(text: str, label: str) -> str:
    for end in range(len(text), 0, -1):
        if _plain(text[:end]) == label:
            return text[end:].lstrip(" :\t")
    return ""


def _read(kind: str, text: str | None) -> Any:
    if text is None:
        return None
    if kind == "text":
        return text
    if kind == "amount":
        match = _NUMBER.search(text)
        return None if match is None or "-" in text else _amount(match.group(0))
    found = KINDS[kind](text if kind != "currency" else f"1 {text}")
    return found[0][0] if found else None


def _amount(text: str) -> Decimal:
    # A spreadsheet's own number, with a point and any number of decimals; else as people write it.
    return Decimal(text) if re.fullmatch(r"[0-9]+\.[0-9]+", text) else number_in(text)


def _plain(text: str) -> str:
    return _SPACE.sub(" ", folded(text)).strip()


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _slot(part: str, name: Any, entry: Any) -> _Slot:
    where = f"{part}.{name}"
    if not isinstance(entry, Mapping):
        raise ValueError(f"`{where}` must hold `headings`, and may hold `kind` and `required`")
    settings = Settings(entry, "headings kind required", f"{where}: ")
    headings = settings.texts("headings") or (_spoken(str(name)),)
    kind = settings.text("kind", "text")
    if kind not in ("text", "amount", "date", "currency", "email"):
        raise ValueError(f"`{where}.kind` is {kind!r}; known are text, amount, date, currency, email")
    return _Slot(str(name), frozenset(_plain(heading) for heading in headings), kind, settings.flag("required"))
