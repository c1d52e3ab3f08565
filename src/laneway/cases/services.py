"""The systems that stand outside during a case, each a real server on a free port of loopback."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from laneway.cases.case import Service
from laneway.cases.records import Records, RecordsServer

CONTRACTS = ("agents.yaml", ".agents.yaml")


class Services:
    """Running between ``with`` and its end. ``hosts``: where they are reached, which the way out must let through."""

    def __init__(self, services: Sequence[Service] = ()) -> None:
        self._services = services
        self._servers: dict[str, RecordsServer] = {}

    def __enter__(self) -> Services:
        for service in self._services:
            server = RecordsServer(Records(service.records, service.source), faults=service.faults)
            server.start()
            self._servers[service.name] = server
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.close()

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(server.host for server in self._servers.values())

    def reached(self, files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        """``files`` with the addresses at which the systems are now, in the contracts alone."""
        return [(name, self._at(content) if name.endswith(CONTRACTS) else content) for name, content in files]

    def contents(self) -> dict[str, Any]:
        """By the name of the system, what its collections hold."""
        return {name: server.records.contents() for name, server in self._servers.items()}

    def _at(self, content: bytes) -> bytes:
        for service in self._services:
            content = content.replace(service.address.encode(), self._servers[service.name].host.encode())
        return content
