"""The systems outside: an ERP of two tenants with its database, and a host of the attacker. Effects are counted here, not in any log of ours."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_TABLES = """
CREATE TABLE effect (number INTEGER PRIMARY KEY, host TEXT, method TEXT, path TEXT, body TEXT);
CREATE TABLE orders (tenant TEXT, id TEXT, note TEXT, PRIMARY KEY (tenant, id));
CREATE TABLE paid (number INTEGER PRIMARY KEY, tenant TEXT, account TEXT, amount TEXT, idempotency_key TEXT UNIQUE);
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """A request that arrived. ``host``: ``erp`` or ``attacker``."""

    host: str
    method: str
    path: str
    body: str


class Outside:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)
        self.attacker_url = ""
        self._servers = {
            name: ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, name)) for name in ("erp", "attacker")
        }
        self.hosts = {name: f"127.0.0.1:{server.server_address[1]}" for name, server in self._servers.items()}
        for server in self._servers.values():
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()
        self._database.close()

    def order(self, tenant: str, id: str, note: str) -> None:
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", (tenant, id, note))

    def effects(self) -> list[Effect]:
        with self._lock:
            rows = self._database.execute("SELECT host, method, path, body FROM effect ORDER BY number").fetchall()
        return [Effect(*row) for row in rows]

    def payments(self) -> list[tuple[str, str, str]]:
        with self._lock:
            return self._database.execute("SELECT tenant, account, amount FROM paid ORDER BY number").fetchall()

    def forget(self) -> None:
        with self._lock:
            self._database.execute("DELETE FROM effect")
            self._database.execute("DELETE FROM paid")

    def arrived(self, host: str, method: str, path: str, body: str, key: str) -> tuple[int, dict[str, str], Any]:
        with self._lock:
            row = (host, method, path, body)
            self._database.execute("INSERT INTO effect (host, method, path, body) VALUES (?, ?, ?, ?)", row)
            parts = urlsplit(path).path.strip("/").split("/")
            if host == "attacker":
                return 200, {}, {"thank": "you"}
            if parts[-1:] == ["moved"]:
                return 307, {"Location": f"http://{self.hosts['attacker']}/moved"}, {}
            match method, parts:
                case "GET", ["tenants", tenant, "orders", id]:
                    found = self._database.execute(
                        "SELECT note FROM orders WHERE tenant = ? AND id = ?", (tenant, id)
                    ).fetchone()
                    return (200, {}, {"id": id, "note": found[0]}) if found else (404, {}, {})
                case "POST", ["tenants", tenant, "payments"]:
                    given = json.loads(body or "{}")
                    self._database.execute(
                        "INSERT OR IGNORE INTO paid (tenant, account, amount, idempotency_key) VALUES (?, ?, ?, ?)",
                        (tenant, str(given.get("account")), str(given.get("amount")), key or None),
                    )
                    return 200, {}, {"paid": True}
                case "POST", ["tenants", _, "orders", _, "notes"]:
                    return 200, {}, {"written": True}
            return 404, {}, {}


def _handler(outside: Outside, name: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            key = self.headers.get("Idempotency-Key") or ""
            status, headers, answer = outside.arrived(name, self.command, self.path, body, key)
            content = json.dumps(answer).encode()
            self.send_response(status)
            for header, value in {**headers, "Content-Type": "application/json"}.items():
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _any

        def log_message(self, format: str, *args: Any) -> None:
            """Effects are kept in the database."""

    return Handler
