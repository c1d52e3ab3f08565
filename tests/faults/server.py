"""A PostgreSQL that is shut down as by a power cut and comes back, and a line to it that breaks around a COMMIT."""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

from tests.support.postgres import PostgresServer

COMMIT = re.compile(rb"COMMIT(?!TED)")
SOCKET = ".s.PGSQL.5432"
WAYS = ("before", "after", "late")


class Server(PostgresServer):
    """Answers a COMMIT only when it is written, and can be restarted at once (``pg_ctl -m immediate``)."""

    settings = {"synchronous_commit": "on"}  # noqa: RUF012 - read only

    @property
    def folder(self) -> Path:
        return self._root

    def restart_at_once(self) -> None:
        """SIGQUIT: every connection is cut, nothing is written any more; the next start recovers from the log."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        self._launch()
        self._wait_until_ready()


class Line:
    """Stands between clients and the server, on a socket in a folder of its own, and breaks at the COMMITs it is told to.

    ``before``: the server never sees it; ``after``: the server's answer is lost; ``late``: the client is cut off first, and
    the server gets the COMMIT a while later, as from a slow network.
    """

    def __init__(self, server: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lw-line-", dir="/tmp"))
        self.cuts = 0
        self._wanted: list[str] = []
        self._lock = threading.Lock()
        self._server = server / SOCKET
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.folder / SOCKET))
        self._listening.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        shutil.rmtree(self.folder)

    def cut(self, chance: random.Random, patience: float = 10.0) -> str:
        """Break at the next COMMIT; gives how, once it has happened."""
        way = chance.choice(WAYS)
        before = self.cuts
        self._wanted.append(way)
        until = time.monotonic() + patience
        while self.cuts == before and time.monotonic() < until:
            time.sleep(0.005)
        return way

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(str(self._server))
                except OSError:  # it is restarting
                    client.close()
                    server.close()
                    continue
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        muted = threading.Event()
        threading.Thread(target=self._answer, args=(client, server, muted), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                way = self._taken() if COMMIT.search(data) else None
                if way is not None:
                    muted.set()
                    self._break(way, data, client, server)
                    return
                server.sendall(data)
        # However the client went: the server must hear of it, or it holds the client's locks for ever.
        _end(server)
        client.close()

    def _taken(self) -> str | None:
        with self._lock:
            return self._wanted.pop() if self._wanted else None

    def _break(self, way: str, data: bytes, client: socket.socket, server: socket.socket) -> None:
        try:
            if way == "after":
                server.sendall(data)
                time.sleep(0.05)
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            way += ", killed meanwhile"
        with contextlib.suppress(OSError):
            if way.startswith("late"):
                time.sleep(0.2)
                server.sendall(data)
        _end(server)
        client.close()
        self.cuts += 1

    @staticmethod
    def _answer(client: socket.socket, server: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError), server:
            while data := server.recv(65536):
                if not muted.is_set():
                    client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
