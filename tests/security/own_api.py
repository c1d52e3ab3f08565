"""Attacks on Laneway's own API: what belongs to another tenant, and approvals that their makers give under other spellings of their name.

Everything is there that could be hit: an instance of tenant ``other`` whose agent waits for an approval, with its budget, conversation, kill
switch, source and variables; and one of the own tenant that mallory has started.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fastapi.testclient import TestClient

from laneway.agents.tools.base import ToolRequest
from laneway.agents.tools.python import _registered, register_tool
from laneway.commands.approvals import arguments_hash
from laneway.domain.work import Actor
from laneway.ports import Filter, SearchQuery
from laneway_api.app import create_app
from tests.support.world import World
from tests.workers.test_agents import letter
from tests.workers.test_tool_calls import ANSWER, calls, clerk, tool

OTHER: Final = "other"
SECRET: Final = "nobody else may read this"
SPELLINGS: Final = (
    "mallory", "Mallory", "MALLORY", " mallory", "mallory ", "mallory\u200b", "\u2060mallory", "mall\u00adory", "ｍａｌｌｏｒｙ", "𝐦𝐚𝐥𝐥𝐨𝐫𝐲",
    "mal\u200dlory", "ma\u034fllory", "mallor\u0079", "MaLLoRy\u200e", "\tmallory", "mallory\u00a0", "mallory\u3164", "mall\ufe0fory", "mal\u115flory",
)  # fmt: skip
"""Of who started the instance; signs that nobody sees, letters of other widths and styles, case and spaces."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """``wrong``: what was got that may not be; empty where nothing was."""

    name: str
    wrong: str = ""


class OwnApi:
    def __init__(self) -> None:
        self.ran: list[Any] = []
        register_tool("shop", self._shop)
        self.world = World(tenants=("<default>", OTHER))
        limits = {"limits": {"call": {"tokens": 5000}, "day": {"calls": 50}, "instance": {"calls": 50}}}
        asks = {"post": tool("needs_approval")}
        engine = self.world.engine
        for tenant_id in ("<default>", OTHER):
            files = [("process.bpmn", letter().xml()), clerk([calls("post"), ANSWER], asks, **limits)]
            engine.deploy(files, tenant_id=tenant_id)
            engine.start_instance(
                process_id="process",
                variables={"letter": SECRET if tenant_id == OTHER else "x"},
                actor=Actor("user", "mallory"),
                tenant_id=tenant_id,
            )
        self.switch = engine.set_kill_switch("agent", "nobody", SECRET, actor=Actor("user", "carol"), tenant_id=OTHER)
        said = {"owner": "carol", "files": ["a.md"]}
        self.source = engine.create_data_source("theirs", said, actor=Actor("user", "carol"), tenant_id=OTHER)
        self.world.settle()
        self.client = TestClient(create_app(self.world.laneway), base_url="http://127.0.0.1")

    def close(self) -> None:
        self.world.close()
        _registered.pop("shop", None)

    def _shop(self, request: ToolRequest) -> Any:
        self.ran.append(request.arguments)
        return {"ok": True}

    def row_of(self, resource: str, tenant_id: str, **filters: Any) -> dict[str, Any]:
        wanted = tuple(Filter(name, "eq", value) for name, value in {"tenantId": tenant_id, **filters}.items())
        return self.world.engine.search(SearchQuery(resource, wanted, tenant_ids=(tenant_id,))).items[0]

    def attempts(self) -> Iterator[Attempt]:
        yield from self._of_the_other_tenant()
        yield from self._forged()

    def _of_the_other_tenant(self) -> Iterator[Attempt]:
        approval = self.row_of("approvals", OTHER)
        call = self.row_of("tool-calls", OTHER)["toolCallKey"]
        budget = self.row_of("budgets", OTHER)["budgetKey"]
        variable = self.row_of("variables", OTHER)["variableKey"]
        instance = self.row_of("process-instances", OTHER)["processInstanceKey"]
        key, seen = approval["approvalKey"], {"argumentsHash": arguments_hash(approval["arguments"])}
        definition = self.row_of("process-definitions", OTHER)["processDefinitionKey"]
        reason = {"reason": "because"}
        asked: list[tuple[str, str, dict[str, Any] | None]] = [
            ("GET", f"/approvals/{key}", None),
            ("POST", f"/approvals/{key}/assignment", {}),
            ("POST", f"/approvals/{key}/approval", seen),
            ("POST", f"/approvals/{key}/rejection", reason),
            ("PATCH", f"/approvals/{key}", {"arguments": {"sku": "EVIL"}}),
            ("GET", f"/tool-calls/{call}", None),
            ("POST", f"/tool-calls/{call}/outcome", {"outcome": "DONE", **reason}),
            ("GET", f"/budgets/{budget}", None),
            ("GET", f"/kill-switches/{self.switch.key}", None),
            ("POST", f"/kill-switches/{self.switch.key}/lifting", reason),
            ("GET", f"/data-sources/{self.source.key}", None),
            ("PATCH", f"/data-sources/{self.source.key}", {"status": "approved", **reason}),
            ("GET", f"/variables/{variable}", None),
            ("GET", f"/variables/{variable}/provenance", None),
            ("GET", f"/process-instances/{instance}", None),
            ("POST", f"/process-instances/{instance}/cancellation", {}),
            ("GET", f"/process-definitions/{definition}", None),
            ("GET", f"/process-definitions/{definition}/xml", None),
            ("GET", f"/process-definitions/{definition}/charter", None),
        ]
        for method, path, body in asked:
            answer = self._ask(method, path, body)
            wrong = f"{answer.status_code}: {answer.text[:200]}" if answer.status_code < 400 else ""
            yield Attempt(f"another tenant: {method} {path}", wrong)
        listed = (
            "approvals", "tool-calls", "budgets", "kill-switches", "data-sources", "agent-instances", "agent-definitions",
            "agent-contracts", "autonomy/settings", "autonomy/pairs", "variables", "process-instances", "process-definitions",
            "jobs", "user-tasks", "incidents", "audit-logs", "element-instances",
        )  # fmt: skip
        for resource in listed:
            for filters in ({}, {"tenantId": OTHER}):
                answer = self._ask("POST", f"/{resource}/search", {"filter": filters})
                found = answer.json().get("items", []) if answer.status_code < 400 else []
                theirs = [row for row in found if row.get("tenantId") == OTHER or SECRET in json.dumps(row)]
                yield Attempt(
                    f"another tenant: search {resource} {filters}", json.dumps(theirs)[:200] if theirs else ""
                )
        for path, body in (
            ("/kill-switches", {"scope": "AGENT", "name": "clerk", **reason, "tenantId": OTHER}),
            ("/process-instances", {"processDefinitionKey": str(definition)}),
            ("/process-instances", {"processDefinitionId": "process", "tenantId": OTHER}),
            ("/messages/publication", {"name": "m", "correlationKey": "k", "tenantId": OTHER}),
            ("/jobs/activation", {"type": "classify", "timeout": 1000, "maxJobsToActivate": 5, "tenantIds": [OTHER]}),
        ):
            answer = self._ask("POST", path, body)
            wrong = answer.text[:200] if answer.status_code < 400 and answer.json() != {"jobs": []} else ""
            yield Attempt(f"another tenant: POST {path} {sorted(body)}", wrong)
        still = self.row_of("approvals", OTHER)
        yield Attempt(
            "another tenant: its approval is as it was", "" if still == approval else json.dumps(still, default=str)
        )

    def _forged(self) -> Iterator[Attempt]:
        approval = self.row_of("approvals", "<default>")
        key, seen = approval["approvalKey"], {"argumentsHash": arguments_hash(approval["arguments"])}
        for name in SPELLINGS:
            answer = self._ask("POST", f"/approvals/{key}/approval", seen, name)
            yield Attempt(f"forged: {name!r}", "" if answer.status_code >= 400 else f"approved: {answer.text[:100]}")
        edited = self._ask("PATCH", f"/approvals/{key}", {"arguments": {"sku": "A-2"}}, "Eve")
        again = {"argumentsHash": arguments_hash(self.row_of("approvals", "<default>")["arguments"])}
        yield Attempt("it can be edited", "" if edited.status_code < 400 else edited.text[:200])
        for name in ("eve", "EVE", "Eve\u200b", " eve", "ｅｖｅ"):
            answer = self._ask("POST", f"/approvals/{key}/approval", again, name)
            yield Attempt(f"forged after an edit: {name!r}", "" if answer.status_code >= 400 else answer.text[:100])
        answer = self._ask("POST", f"/approvals/{key}/approval", seen, "ben")
        yield Attempt("approved as it was before the edit", "" if answer.status_code >= 400 else answer.text[:100])
        self.world.settle()
        yield Attempt("nothing ran", "" if not self.ran else str(self.ran))
        # What may be done is done: else it would show nothing that the rest is not.
        good = self._ask("POST", f"/approvals/{key}/approval", again, "ben")
        self.world.settle()
        ran = [dict(each) for each in self.ran]
        yield Attempt(
            "another person approves", "" if ran == [{"sku": "A-2"}] else f"{good.status_code} {good.text[:200]} {ran}"
        )

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, name: str = "zoe") -> Any:
        """As a person, whose name is sent in UTF-8."""
        return self.client.request(method, f"/v2{path}", json=body, auth=(name.encode(), b"x"))


def attempts() -> list[Attempt]:
    field = OwnApi()
    try:
        return list(field.attempts())
    finally:
        field.close()
