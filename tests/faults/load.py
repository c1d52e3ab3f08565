"""Clients that give commands whatever happens, give each until it is answered, and write down every answer."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.faults.site import Client, Node, Site

LEASE_MS = 500
MOST_UNDER_WAY = 24
FINAL = frozenset({200, 204, 404, 409})


class Load:
    """``orders`` of them and more, until ``enough`` is set. One order is a sender, a receiver, and a message published.

    Some requests come twice, at once or one after the other, to the same node or another; some jobs are completed
    after their lease has run out.

    Attributes
    ----------
    acknowledged
        (kind, key) → how often a success was answered. Kinds: instance, job, task.
    under
        order → keys that were answered for its two instances, however often they were started.
    """

    def __init__(self, site: Site, orders: int, seed: int) -> None:
        self.site = site
        self.orders = orders
        self.seed = seed
        self.begun = 0
        self.acknowledged: Counter[tuple[str, int]] = Counter()
        self.under: dict[tuple[str, int], set[int]] = {}
        self.doubled = 0
        self.late = 0
        self.unanswered = 0
        self.refused: Counter[str] = Counter()
        self.broken: list[str] = []
        self.enough = threading.Event()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._tasks_done = 0
        self._local = threading.local()
        self._threads = [
            threading.Thread(target=self._run, args=(work, seed * 100 + number), daemon=True, name=f"client-{number}")
            for number, work in enumerate((self._begin, self._begin, self._work, self._work, self._look))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def all_begun(self) -> bool:
        return self.enough.is_set() and not any(thread.is_alive() for thread in self._threads[:2])

    def stop(self) -> None:
        self.enough.set()
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self, work: Callable[[random.Random], None], seed: int) -> None:
        chance = random.Random(seed)
        try:
            work(chance)
        except BaseException as fault:
            self.broken.append(f"{threading.current_thread().name}: {fault!r}")
            raise
        finally:
            for client in self._local.__dict__.get("clients", {}).values():
                client.close()

    # Commands

    def until_answered(
        self, chance: random.Random, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Give a command until its outcome is known; now and then once more than is needed."""
        twice = chance.random() < 0.1
        while not self._stop.is_set():
            status, answer = self._once(chance, path, body, headers)
            if status in FINAL or status == 400:
                if twice and status in (200, 204):
                    self.doubled += 1
                    again = self._once(chance, path, body, headers)
                    if again[0] == status == 204:
                        self.broken.append(f"{path} was carried out twice")
                return status, answer
            time.sleep(chance.uniform(0.01, 0.1))
        return 0, None

    def _once(
        self, chance: random.Random, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status 0: no answer, so that the outcome is unknown."""
        node = self.site.any_node(chance)
        try:
            status, answer = self._client(node).call("POST", path, body, headers)
        except (OSError, http.client.HTTPException):
            with self._lock:
                self.unanswered += 1
            return 0, None
        if status >= 400:
            code = answer.get("code") if isinstance(answer, dict) else None
            with self._lock:
                self.refused[f"{status} {code or ''}".strip()] += 1
        return status, answer

    def _client(self, node: Node) -> Client:
        clients: dict[str, Client] = self._local.__dict__.setdefault("clients", {})
        return clients.setdefault(node.name, Client(node))

    def _note(self, kind: str, key: int) -> None:
        with self._lock:
            self.acknowledged[kind, key] += 1

    # What each thread does

    def _begin(self, chance: random.Random) -> None:
        while not self._stop.is_set():
            with self._lock:
                if self.begun >= self.orders and self.enough.is_set():
                    return
                waits = self.begun - self._tasks_done > MOST_UNDER_WAY
                if not waits:
                    order = self.begun
                    self.begun += 1
            if waits:
                time.sleep(0.05)
                continue
            steps = [
                lambda order=order: self._start(chance, "sender", order),
                lambda order=order: self._start(chance, "receiver", order),
                lambda order=order: self._publish(chance, order),
            ]
            chance.shuffle(steps)
            for step in steps:
                step()

    def _start(self, chance: random.Random, process_id: str, order: int) -> None:
        body = {"processDefinitionId": process_id, "variables": {"order": str(order)}}
        status, answer = self.until_answered(
            chance, "/v2/process-instances", body, {"Idempotency-Key": f"{process_id}-{order}"}
        )
        if status == 200:
            key = int(answer["processInstanceKey"])
            self._note("instance", key)
            with self._lock:
                self.under.setdefault((process_id, order), set()).add(key)
        elif status:
            self.broken.append(f"{process_id} {order} was answered with {status}: {answer}")

    def _publish(self, chance: random.Random, order: int) -> None:
        body = {
            "name": "bonus",
            "correlationKey": str(order),
            "variables": {"bonus": order},
            "timeToLive": 3_600_000,
            "messageId": f"bonus-{order}",
        }
        status, answer = self.until_answered(chance, "/v2/messages/publication", body)
        if status not in (0, 200, 409):
            self.broken.append(f"bonus {order} was answered with {status}: {answer}")

    def _work(self, chance: random.Random) -> None:
        while not self._stop.is_set():
            for type in ("pack", "unpack"):
                asked = {"type": type, "timeout": LEASE_MS, "maxJobsToActivate": 4, "requestTimeout": -1}
                status, answer = self._once(chance, "/v2/jobs/activation", {**asked, "worker": "faults"})
                jobs = answer["jobs"] if status == 200 else []
                for job in jobs:
                    self._complete(chance, type, job)
                if not jobs:
                    time.sleep(0.05)

    def _complete(self, chance: random.Random, type: str, job: dict[str, Any]) -> None:
        if chance.random() < 0.01:
            self.late += 1
            time.sleep(LEASE_MS / 1000 + 0.1)
        key = int(job["jobKey"])
        body = {"variables": {f"{type}ed": int(job["variables"]["order"])}}
        status, _ = self.until_answered(chance, f"/v2/jobs/{key}/completion", body)
        if status == 204:
            self._note("job", key)

    def _look(self, chance: random.Random) -> None:
        while not self._stop.is_set():
            status, page = self._once(
                chance, "/v2/user-tasks/search", {"filter": {"state": "CREATED"}, "page": {"limit": 20}}
            )
            tasks = page["items"] if status == 200 else []
            for task in tasks:
                self._settle(chance, task)
            if not tasks:
                time.sleep(0.1)

    def _settle(self, chance: random.Random, task: dict[str, Any]) -> None:
        key = int(task["userTaskKey"])
        status, found = self._once(chance, f"/v2/user-tasks/{key}/variables/search", {})
        if status != 200:
            return
        order = next(int(item["value"].strip('"')) for item in found["items"] if item["name"] == "order")
        status, _ = self.until_answered(chance, f"/v2/user-tasks/{key}/completion", {"variables": {"looked": order}})
        if status:
            with self._lock:
                self._tasks_done += 1
        if status == 204:
            self._note("task", key)
