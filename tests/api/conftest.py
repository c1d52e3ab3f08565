"""A real server on a free port of this machine, over SQLite; the diagrams of this folder deployed."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from laneway.bootstrap import Laneway, build
from laneway.settings import Settings
from laneway_api.server import build as build_server

# Without node there is nothing to run the TypeScript client with; docs/reference/rest.md says so.
collect_ignore = [] if shutil.which("node") and shutil.which("npm") else ["test_node_client.py"]

DIAGRAMS = Path(__file__).parent / "diagrams"


@pytest.fixture(scope="package", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def laneway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laneway]:
    """With its workers, once on SQLite and once on PostgreSQL: the answers are the same.

    It ends with this folder: the pool of a server that still runs draws from the global ``random``, and Hypothesis takes that for a fault of
    the test that is drawing at that moment.
    """
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('api') / 'laneway.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.database_url(server.create_database())
    with build(Settings(database_url=url), workers=True) as built:
        yield built


@pytest.fixture(scope="package")
def address(laneway: Laneway) -> Iterator[str]:
    """``http://127.0.0.1:port`` of the server."""
    listening = threading.Event()
    ports: list[int] = []

    def ready(port: int) -> None:
        ports.append(port)
        listening.set()

    server = build_server(laneway, "127.0.0.1", 0, ready=ready)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    assert listening.wait(20)
    yield f"http://127.0.0.1:{ports[0]}"
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()


@pytest.fixture(scope="package")
def api(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{address}/v2", timeout=60) as client:
        yield client


def deploy(api: httpx.Client, *names: str) -> dict[str, Any]:
    files = [("resources", (name, (DIAGRAMS / name).read_bytes())) for name in names]
    answer = api.post("/deployments", files=files)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture(scope="package")
def deployed(api: httpx.Client) -> dict[str, Any]:
    """The deployment of the folder's diagrams."""
    return deploy(api, "order.bpmn", "approval.form", "echo.bpmn", "payment.bpmn")


@pytest.fixture(scope="package")
def start(api: httpx.Client, deployed: dict[str, Any]) -> Any:
    """Start an instance by process id; gives the reply."""

    def started(process_id: str, **rest: Any) -> dict[str, Any]:
        answer = api.post("/process-instances", json={"processDefinitionId": process_id, **rest})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return started
