"""A system of records on loopback for cases and demonstrations: collections in SQLite, over HTTP, each posting exactly once.

What a process changes outside is then really outside: another server, another database, which can be down or lose an answer.

- ``POST /products/search`` with ``{"supplier": "S-1"}``: ``{"records": […]}``, those whose fields are equal.
- ``POST /price_changes`` with ``Idempotency-Key``: ``{"number": "PRICE_CHANGES-1", "known": false}``. The same key gives the same
  answer and changes nothing; one key for two contents is refused (422). In a collection with a key of its own, a record that is
  there already is not entered again: ``"known": true``, with the number of the first.

It has no sign-in and listens on loopback alone: for real systems, write an adapter or a service in front of them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from laneway.domain.errors import InvalidInput, Refused
from laneway.json_gate import loads
from laneway.yaml_gate import DocumentFault, read_document

MAX_BODY = 5_000_000
_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    collection TEXT NOT NULL, number INTEGER NOT NULL, key TEXT, body TEXT NOT NULL, PRIMARY KEY (collection, number));
CREATE UNIQUE INDEX IF NOT EXISTS record_key ON record (collection, key);
CREATE TABLE IF NOT EXISTS posting (
    idempotency_key TEXT PRIMARY KEY, sha256 TEXT NOT NULL, answer TEXT NOT NULL);
"""

Fault = Literal["ok", "down", "lost"]
"""``down``: it answers 503 and does nothing. ``lost``: it does what it is asked, and the answer never arrives."""


class Records:
    """The collections of ``specification`` (a YAML document, see docs/reference/cases.md) in the SQLite file ``path``."""

    def __init__(self, specification: bytes, name: str, path: str = ":memory:") -> None:
        self._collections = _collections(specification, name)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)
        for collection, entry in self._collections.items():
            if not self._database.execute("SELECT 1 FROM record WHERE collection = ?", (collection,)).fetchone():
                for body in entry.get("records", ()):
                    self._enter(collection, body)

    def close(self) -> None:
        self._database.close()

    def search(self, collection: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Records whose fields are equal to what is wanted; nothing is said by null."""
        asked = {name: value for name, value in wanted.items() if value is not None}
        return [body for body in self._bodies(collection) if all(body.get(name) == asked[name] for name in asked)]

    def post(self, collection: str, body: Mapping[str, Any], idempotency_key: str) -> dict[str, Any]:
        """Enter a record, once for each idempotency key.

        Raises
        ------
        Refused
            ``records_key_reused``: the same key came with another content.
        """
        digest = hashlib.sha256(_json(body).encode()).hexdigest()
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                seen = self._database.execute(
                    "SELECT sha256, answer FROM posting WHERE idempotency_key = ?", (idempotency_key,)
                ).fetchone()
                if seen is None:
                    answer = self._enter(collection, body)
                    row = (idempotency_key, digest, _json(answer))
                    self._database.execute("INSERT INTO posting VALUES (?, ?, ?)", row)
                self._database.execute("COMMIT")
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
        if seen is not None and seen[0] != digest:
            raise Refused("records_key_reused", f"the key {idempotency_key} was used for another posting")
        return answer if seen is None else dict(json.loads(seen[1]))

    def knows(self, collection: str) -> bool:
        return collection in self._collections

    def contents(self) -> dict[str, Any]:
        """Every collection: by key where it has one, else a list in the order of entry."""
        found: dict[str, Any] = {}
        for collection, entry in self._collections.items():
            bodies = self._bodies(collection)
            key = entry.get("key")
            found[collection] = {str(body[key]): body for body in bodies} if key else bodies
        return found

    def _bodies(self, collection: str) -> list[dict[str, Any]]:
        with self._lock, closing(self._database.cursor()) as cursor:
            rows = cursor.execute(
                "SELECT body FROM record WHERE collection = ? ORDER BY number", (collection,)
            ).fetchall()
        return [loads(row[0].encode()) for row in rows]

    def _enter(self, collection: str, body: Mapping[str, Any]) -> dict[str, Any]:
        entry = self._collections[collection]
        key = None if entry.get("key") is None else str(body.get(entry["key"]))
        here = (collection,)
        if key is not None:
            row = self._database.execute(
                "SELECT number FROM record WHERE collection = ? AND key = ?", (collection, key)
            ).fetchone()
            if row is not None:
                return {"number": f"{collection.upper()}-{row[0]}", "known": True}
        (number,) = self._database.execute(
            "SELECT coalesce(max(number), 0) + 1 FROM record WHERE collection = ?", here
        ).fetchone()
        self._database.execute("INSERT INTO record VALUES (?, ?, ?, ?)", (collection, number, key, _json(body)))
        if "updates" in entry:
            self._update(entry["updates"], body)
        return {"number": f"{collection.upper()}-{number}", "known": False}

    def _update(self, updates: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Carry the lines of a posting into the records they are about; a field of the line comes before one of the whole."""
        for line in body.get(updates["lines"], ()):
            given = {**body, **line}
            found = (updates["collection"], str(line.get(updates["key"])))
            row = self._database.execute("SELECT body FROM record WHERE collection = ? AND key = ?", found).fetchone()
            if row is None:
                raise Refused("records_unknown", f"there is no {found[0]} {found[1]!r}")
            changed = dict(loads(row[0].encode()))
            changed.update({name: given.get(source) for name, source in updates["fields"].items()})
            self._database.execute(
                "UPDATE record SET body = ? WHERE collection = ? AND key = ?", (_json(changed), *found)
            )


class RecordsServer:
    """``records`` on ``127.0.0.1``; ``port`` 0 takes a free one. ``faults``: operation → what happens to its calls, one by one."""

    def __init__(self, records: Records, port: int = 0, faults: Mapping[str, Sequence[Fault]] | None = None) -> None:
        self.records = records
        waiting = {operation: list(listed) for operation, listed in (faults or {}).items()}
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(records, waiting))
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="records").start()

    def serve(self) -> None:
        """Until it is interrupted."""
        self._server.serve_forever()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.records.close()


def _handler(records: Records, faults: dict[str, list[Fault]]) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                return self._answer(413, {"error": f"at most {MAX_BODY:,} bytes"})
            content = self.rfile.read(length)
            listed = faults.get(f"POST {self.path}")
            fault = listed.pop(0) if listed else None
            if fault == "down":
                return self._answer(503, {"error": "down for maintenance"})
            status, answer = self._worked(content)
            if fault == "lost":
                self.close_connection = True
                return None
            return self._answer(status, answer)

        def _worked(self, content: bytes) -> tuple[int, dict[str, Any]]:
            collection, _, verb = self.path.strip("/").partition("/")
            if not records.knows(collection) or verb not in ("", "search"):
                return 404, {"error": f"there is no {self.path}"}
            try:
                body = loads(content)
            except InvalidInput as fault:
                return 400, {"error": fault.message}
            if not isinstance(body, dict):
                return 400, {"error": "a JSON object is expected"}
            if verb == "search":
                return 200, {"records": records.search(collection, body)}
            key = self.headers.get("Idempotency-Key")
            if not key:
                return 400, {"error": "a posting needs the header Idempotency-Key"}
            try:
                return 200, records.post(collection, body, key)
            except Refused as refused:
                return 422, {"error": refused.message}

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = _json(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what matters is in the records."""

    return Handler


def _collections(specification: bytes, name: str) -> dict[str, dict[str, Any]]:
    try:
        value = read_document(specification).value
    except DocumentFault as fault:
        raise Refused("case_invalid", f"{name}:{fault.line or 1}: {fault.message}") from None
    collections = value.get("collections") if isinstance(value, dict) else None
    if not isinstance(collections, dict) or not all(isinstance(entry, dict) for entry in collections.values()):
        raise Refused("case_invalid", f"{name}: write `collections:`, a name and its settings each")
    for collection, entry in collections.items():
        unknown = sorted(set(entry) - {"key", "records", "updates"})
        updates = entry.get("updates", {"collection": "", "lines": "", "key": "", "fields": {}})
        if unknown or set(updates) != {"collection", "lines", "key", "fields"}:
            message = "has key, records and updates; `updates` has collection, lines, key and fields"
            raise Refused("case_invalid", f"{name}: collections.{collection} {message}")
    return collections


def _json(value: Any) -> str:
    def plain(item: Any) -> Any:
        if isinstance(item, Decimal):
            return int(item) if item == item.to_integral_value() else float(item)
        raise TypeError(f"{type(item).__name__} is no JSON")

    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=plain)
