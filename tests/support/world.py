"""A whole Laneway with a clock that stands still until the test moves it: what tests of commands and workers play on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from laneway.agents.registry import AgentRegistry
from laneway.bootstrap import Laneway, build
from laneway.commands.context import ActivatedJob, Context
from laneway.domain.definition import Deployment
from laneway.domain.work import Actor
from laneway.engine import Engine
from laneway.ports import DataStores, Filter, SearchQuery
from laneway.settings import Settings
from tests.support.drawing import Drawing

ANNA = Actor("user", "anna")
BEN = Actor("user", "ben")
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROUNDS = 1_000


class Clock:
    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now


class World:
    """Rows come as ``engine.search`` gives them; keys are ints."""

    def __init__(
        self,
        database_url: str = "sqlite://",
        agents: AgentRegistry | None = None,
        data_stores: DataStores | None = None,
        **settings: Any,
    ) -> None:
        self.clock = Clock()
        self.laneway: Laneway = build(
            Settings(database_url=database_url, **settings),
            clock=self.clock,
            agents=agents or AgentRegistry(),
            data_stores=data_stores,
        )
        self.engine: Engine = self.laneway.engine

    @property
    def context(self) -> Context:
        """For tests of a command that the façade does not have."""
        return self.engine._context

    def close(self) -> None:
        self.laneway.close()

    def deploy(self, drawing: Drawing, *files: tuple[str, bytes]) -> Deployment:
        return self.engine.deploy([("process.bpmn", drawing.xml()), *files])

    def start(self, process_id: str = "process", variables: Mapping[str, Any] | None = None) -> int:
        return self.engine.start_instance(process_id=process_id, variables=variables).key

    def settle(self) -> None:
        """Let workers work until nothing is due."""
        for _ in range(ROUNDS):
            if not self.laneway.workers.step():
                return
        raise AssertionError("the workers never came to rest")

    def pass_time(self, **time: float) -> None:
        self.clock.now += timedelta(**time)

    def activate(self, type: str, **options: Any) -> list[ActivatedJob]:
        given = {"worker": "tester", "timeout_ms": 60_000, "max_jobs": 100, **options}
        return self.engine.activate_jobs(type=type, **given)

    def one_job(self, type: str, **options: Any) -> ActivatedJob:
        (job,) = self.activate(type, **options)
        return job

    def rows(self, resource: str, **filters: Any) -> list[dict[str, Any]]:
        wanted = tuple(Filter(name, "eq", value) for name, value in filters.items())
        return self.engine.search(SearchQuery(resource, wanted)).items

    def state(self, process_instance_key: int) -> str:
        return str(self.engine.get("process-instances", process_instance_key)["state"])

    def variables(self, scope_key: int) -> dict[str, Any]:
        with self.laneway.store.read() as uow:
            return uow.variables([scope_key])[scope_key]

    def active(self, process_instance_key: int) -> list[str]:
        """Ids of the flow nodes that are active, the process aside."""
        rows = self.rows("element-instances", processInstanceKey=process_instance_key, state="ACTIVE")
        return [row["elementId"] for row in rows if row["type"] != "PROCESS"]

    def audits(self, **filters: Any) -> list[dict[str, Any]]:
        return self.rows("audit-logs", **filters)

    def commands(self, **filters: Any) -> list[str]:
        return [row["details"]["command"] for row in self.audits(**filters)]
