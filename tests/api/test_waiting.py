"""Held requests: they wait for work, notice that nobody listens any more, and do not hold up the others."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from laneway.bootstrap import build
from laneway.settings import Settings
from laneway_api.server import build as build_server


def activation(job_type: str, hold: int) -> dict[str, Any]:
    return {"type": job_type, "timeout": 60_000, "maxJobsToActivate": 1, "worker": "w", "requestTimeout": hold}


def test_an_activation_is_held_until_its_time_is_up(api: httpx.Client) -> None:
    began = time.monotonic()
    answer = api.post("/jobs/activation", json=activation("never-any", 400))
    assert (answer.status_code, answer.json()) == (200, {"jobs": []})
    assert time.monotonic() - began >= 0.4


def test_a_negative_timeout_does_not_hold_the_request(api: httpx.Client) -> None:
    began = time.monotonic()
    assert api.post("/jobs/activation", json=activation("never-any", -1)).json() == {"jobs": []}
    assert time.monotonic() - began < 10  # the server's own default is longer


def test_a_held_activation_is_answered_as_soon_as_there_is_work(api: httpx.Client, start: Any) -> None:
    drain = activation("find-price", -1) | {"maxJobsToActivate": 1000}
    while api.post("/jobs/activation", json=drain).json()["jobs"]:
        pass
    with ThreadPoolExecutor() as pool:
        held = pool.submit(api.post, "/jobs/activation", json=activation("find-price", 20_000))
        time.sleep(0.3)
        key = start("order")["processInstanceKey"]
        began = time.monotonic()
        jobs = held.result(timeout=10).json()["jobs"]
    assert [job["processInstanceKey"] for job in jobs] == [key]
    assert time.monotonic() - began < 15  # it was held for 20


def test_each_of_many_who_wait_gets_its_job(api: httpx.Client, address: str, start: Any) -> None:
    # given: as many held requests as there will be jobs
    drain = activation("find-price", -1) | {"maxJobsToActivate": 1000}
    while api.post("/jobs/activation", json=drain).json()["jobs"]:
        pass
    with httpx.Client(base_url=f"{address}/v2", timeout=30) as client, ThreadPoolExecutor(6) as pool:
        held = [pool.submit(client.post, "/jobs/activation", json=activation("find-price", 20_000)) for _ in range(6)]
        time.sleep(0.3)
        # when work comes
        keys = [start("order")["processInstanceKey"] for _ in range(6)]
        # then each gets another job, long before it would be held no longer
        jobs = [one.result(timeout=15).json()["jobs"] for one in held]
    assert sorted(job["processInstanceKey"] for [job] in jobs) == sorted(keys)


def test_a_client_that_went_away_takes_no_jobs(api: httpx.Client, address: str, start: Any) -> None:
    # given: a client that gives up waiting
    drain = activation("find-price", -1) | {"maxJobsToActivate": 1000}
    while api.post("/jobs/activation", json=drain).json()["jobs"]:
        pass
    try:
        httpx.post(f"{address}/v2/jobs/activation", json=activation("find-price", 30_000), timeout=0.3)
    except httpx.ReadTimeout:
        time.sleep(0.3)

    # when work comes
    key = start("order")["processInstanceKey"]

    # then another gets it
    jobs = api.post("/jobs/activation", json=activation("find-price", 5_000)).json()["jobs"]
    assert [job["processInstanceKey"] for job in jobs] == [key]


def test_many_held_requests_leave_room_for_others(address: str, deployed: dict[str, Any]) -> None:
    with (
        httpx.Client(base_url=f"{address}/v2", timeout=30, limits=httpx.Limits(max_connections=120)) as client,
        ThreadPoolExecutor(80) as pool,
    ):
        held = [pool.submit(client.post, "/jobs/activation", json=activation("never-any", 8_000)) for _ in range(80)]
        time.sleep(1)
        began = time.monotonic()
        assert client.get("/topology").status_code == 200
        assert client.post("/user-tasks/search", json={}).status_code == 200
        assert time.monotonic() - began < 6  # long before any of the held ones is answered
        assert all(one.result().json() == {"jobs": []} for one in held)


def test_going_down_answers_held_requests_at_once(tmp_path: Path) -> None:
    with build(Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}")) as built:
        listening = threading.Event()
        ports: list[int] = []
        server = build_server(built, "127.0.0.1", 0, ready=lambda port: (ports.append(port), listening.set())[0])
        thread = threading.Thread(target=server.run)
        thread.start()
        assert listening.wait(20)
        with ThreadPoolExecutor() as pool:
            url = f"http://127.0.0.1:{ports[0]}/v2/jobs/activation"
            held = pool.submit(httpx.post, url, json=activation("never-any", 60_000), timeout=30)
            time.sleep(0.5)
            server.should_exit = True
            assert held.result(timeout=10).json() == {"jobs": []}
        thread.join(10)
        assert not thread.is_alive()
