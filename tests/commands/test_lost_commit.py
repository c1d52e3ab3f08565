"""The connection to PostgreSQL breaks around a COMMIT: the command counts once, and its caller hears of it as usual."""

import contextlib
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.commands.drawings import one_job
from tests.support.postgres import PostgresServer
from tests.support.world import World

Cut = Literal["before", "after", "late"]
COMMIT = re.compile(rb"COMMIT(?!TED)")
SOCKET = ".s.PGSQL.5432"


class Line:
    """Stands between a client and the server, on a socket in a folder of its own, and breaks at the COMMIT it is told to.

    ``before``: the server never sees it; ``after``: the server's answer is lost; ``late``: the client is cut off first, and
    the server gets the COMMIT a while later, as from a slow network.
    """

    def __init__(self, server: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lw-line-", dir="/tmp"))
        self.cut: Cut | None = None
        self.cuts = 0
        self._server = server / SOCKET
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.folder / SOCKET))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        shutil.rmtree(self.folder)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._server))
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        muted = threading.Event()
        threading.Thread(target=self._answer, args=(client, server, muted), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.cut is not None and COMMIT.search(data):
                    muted.set()
                    self._break(data, client, server)
                    return
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        client.close()

    def _break(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        how, self.cut = self.cut, None
        self.cuts += 1
        if how == "after":
            server.sendall(data)
            time.sleep(0.1)
        client.shutdown(socket.SHUT_RDWR)
        if how == "late":
            time.sleep(0.3)
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)
        client.close()

    @staticmethod
    def _answer(client: socket.socket, server: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError), server:
            while data := server.recv(65536):
                if not muted.is_set():
                    client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(postgres_server: PostgresServer) -> Iterator[Line]:
    made = Line(postgres_server._root)
    yield made
    made.close()


@pytest.fixture
def far(postgres_server: PostgresServer, postgres_template: str, line: Line) -> Iterator[World]:
    """A Laneway whose database is at the other end of the line."""
    name = postgres_server.create_database(postgres_template)
    made = World(f"postgresql://postgres@/{name}?host={line.folder}")
    yield made
    made.close()
    postgres_server.drop_database(name)


@pytest.mark.postgres
@pytest.mark.parametrize("cut", ["before", "after", "late"])
def test_a_command_whose_commit_was_cut_counts_once(far: World, line: Line, cut: Cut) -> None:
    # Given a process and a line that breaks at the next COMMIT
    far.deploy(one_job())
    line.cut = cut
    # When an instance is started
    key = far.start()
    # Then its key comes as usual, and there is one
    assert line.cuts == 1
    assert [row["processInstanceKey"] for row in far.rows("process-instances")] == [key]
    # And so with a job
    job_key = far.one_job("work").job.key
    line.cut = cut
    far.engine.complete_job(job_key)
    assert (line.cuts, far.state(key)) == (2, "COMPLETED")
    assert sorted(far.commands()) == ["CompleteJob", "Deploy", "StartInstance"]
    assert far.engine.verify_audit()["first_bad"] is None
