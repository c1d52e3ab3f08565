"""How long PostgreSQL and we believe in each other while nothing is heard.

A host that loses its power or its network ends no connection. The server would keep what the host had locked until its
kernel gives the connection up, two hours later as Linux is set up; and we would wait as long for a server that is gone.
Sources: PostgreSQL 18, 19.3 (connections), 19.11 (client defaults), 32.1.2 (libpq parameters).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine, event

_PROBES = 3

_SET = """
SELECT set_config(wanted.name, wanted.value, false)
FROM unnest(%s::text[], %s::text[]) AS wanted(name, value) JOIN pg_settings USING (name)
WHERE pg_settings.source = 'default'
"""
"""What this server does not know is left out; what its operator, or the address of the database, says goes before it."""


@dataclass(frozen=True)
class Patience:
    """Seconds: ``connect`` until a connection must be there, ``silence`` until one that is silent is given up, by the server
    while a transaction is open and by either side while the other's host does not answer."""

    connect: int = 10
    silence: int = 60

    def of_client(self, url: URL) -> dict[str, Any]:
        """For libpq; what the address says itself stays as it says."""
        wanted = {
            "connect_timeout": self.connect,
            "keepalives_idle": self._between_probes(),
            "keepalives_interval": self._between_probes(),
            "keepalives_count": _PROBES,
            "tcp_user_timeout": self.silence * 1000,
        }
        return {name: value for name, value in wanted.items() if name not in url.query}

    def of_server(self) -> dict[str, str]:
        return {
            "idle_in_transaction_session_timeout": f"{self.silence}s",
            "client_connection_check_interval": f"{self._between_probes()}s",
            "tcp_keepalives_idle": str(self._between_probes()),
            "tcp_keepalives_interval": str(self._between_probes()),
            "tcp_keepalives_count": str(_PROBES),
            "tcp_user_timeout": f"{self.silence}s",
        }

    def tell(self, engine: Engine) -> None:
        """Let each connection of ``engine`` tell the server. By a statement, since poolers refuse start-up options."""
        settings = self.of_server()
        given = (list(settings), list(settings.values()))

        @event.listens_for(engine, "connect")
        def tell_server(connection: Any, _: Any) -> None:
            connection.autocommit = True
            connection.execute(_SET, given)
            connection.autocommit = False

    def _between_probes(self) -> int:
        return max(1, self.silence // (_PROBES + 1))


USUAL = Patience()
