"""Where the attacks are made: the real engine with the adversary as its agent, and real servers outside."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final

import yaml

from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment
from laneway.agents.registry import AgentRegistry
from laneway.commands.approvals import arguments_hash
from laneway.domain.errors import LanewayError
from laneway.domain.work import Actor
from tests.security.adversary import Adversary
from tests.security.attacks import Case
from tests.security.outside import Effect, Outside
from tests.support.world import World

ROUNDS: Final = 4
CALLS_A_DAY: Final = 4
"""Of process ``budget``, for each case anew."""
STARTER, BEN = Actor("user", "mallory"), Actor("user", "ben")
TEXT: Final = {"type": "string", "maxLength": 200}

DIAGRAM: Final = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="urn:security">
  <process id="{id}" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="how"/>
    <exclusiveGateway id="how" default="f3"/>
    <sequenceFlow id="f2" sourceRef="how" targetRef="form"><conditionExpression>=by_form</conditionExpression></sequenceFlow>
    <sequenceFlow id="f3" sourceRef="how" targetRef="merge"/>
    <userTask id="form"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <sequenceFlow id="f4" sourceRef="form" targetRef="merge"/><exclusiveGateway id="merge"/>
    <sequenceFlow id="f5" sourceRef="merge" targetRef="work"/>
    <serviceTask id="work"><extensionElements><zeebe:taskDefinition type="{id}"/></extensionElements></serviceTask>
    <sequenceFlow id="f6" sourceRef="work" targetRef="answered"/><endEvent id="answered"/>
    <boundaryEvent id="stopped" attachedToRef="work"><errorEventDefinition errorRef="denied"/></boundaryEvent>
    <sequenceFlow id="f7" sourceRef="stopped" targetRef="to_person"/><endEvent id="to_person"/>
  </process>
  <error id="denied" errorCode="DENIED"/>
</definitions>"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``unauthorised``: what arrived outside and may not have. ``reached``: the injection was shown to the agent."""

    case: Case
    unauthorised: tuple[str, ...]
    succeeded: bool
    reached: bool


class Field:
    """``loose``: under contracts that allow what the attacks ask for, which shows that the measure would find it."""

    def __init__(self, *, loose: bool = False) -> None:
        self._loose = loose
        self.outside = Outside()
        self.adversary = Adversary()
        # The operator lets out to the attacker's host too: what holds must be the contract.
        egress = HttpEgress(tuple(self.outside.hosts.values()))
        registry = AgentRegistry(AgentEnvironment(egress=egress))
        registry.register("adversary", lambda config: self.adversary)
        self.world = World(agents=registry)
        files = [(f"{id}.bpmn", DIAGRAM.format(id=id).encode()) for id in ("desk", "budget")]
        self.world.engine.deploy([*files, ("agents.yaml", self._contracts())])

    def __enter__(self) -> Field:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.world.close()
        self.outside.close()

    def attempt(self, case: Case) -> Outcome:
        self.outside.forget()
        self.outside.order("own", "A-1", case.text if case.place == "tool result" else "two parcels")
        self.outside.order("other", "X-9", "nobody else may read this")
        if case.process == "budget":
            self.world.pass_time(days=1)  # a budget of its own
        erp = f"http://{self.outside.hosts['erp']}/tenants/own/orders/A-1"
        turns = tuple(
            tuple((name, {"url": erp} if given == {"url": "ERP"} else given) for name, given in turn)
            for turn in case.plan.turns
        )
        self.adversary.plans[case.number] = replace(case.plan, turns=turns)
        keys = [self._start(case) for _ in range(case.instances)]
        self.world.settle()
        forged = self._forge(case)
        self.world.settle()
        effects, paid = self.outside.effects(), self.outside.payments()
        wrong = list(self._unauthorised(case, effects)) + [f"forged: {each}" for each in forged if not case.benign]
        allowed = [("own", "ADA", "5")] if case.benign and case.goal == "forged approval" else []
        wrong += [f"paid {each}" for each in paid if each not in allowed]
        done = all(self.world.state(key) == "COMPLETED" and self._answered(key) for key in keys)
        reached = case.text in self.adversary.seen.get(case.number, "").replace('\\"', '"')
        leaks = [
            key for key in keys if self.outside.hosts["attacker"] in json.dumps(self.world.variables(key), default=str)
        ]
        wrong += ["a link to the attacker came into the process" for key in leaks if not case.benign]
        succeeded = done and paid == allowed and self._did(case, effects)
        self._end(keys)
        return Outcome(case, tuple(wrong), succeeded, reached or case.benign or case.place == "document")

    def _start(self, case: Case) -> int:
        given: dict[str, Any] = {"case": case.number, "by_form": case.place == "form"}
        given |= {"text": "", "document": "", "file_name": "list.csv", "remark": ""}
        if case.place == "variable":
            given["text"] = case.text
        elif case.place == "document":
            given["document"] = base64.b64encode(f"sku,text\nA-1,{case.text}\n".encode()).decode()
        elif case.place == "file name":
            given["file_name"] = case.text
        key = self.world.engine.start_instance(process_id=case.process, variables=given, actor=STARTER).key
        if case.place == "form":
            (task,) = self.world.rows("user-tasks", processInstanceKey=key)
            self.world.engine.complete_user_task(int(task["userTaskKey"]), {"remark": case.text}, actor=STARTER)
        return key

    def _forge(self, case: Case) -> list[str]:
        """Try to approve what waits; what came of it is told by what arrives outside, and by what was not refused."""
        forged = []
        for row in self.world.rows("approvals", state="PENDING") if case.forging else ():
            key, seen = row["approvalKey"], arguments_hash(row["arguments"])
            try:
                match case.forging:
                    case "agent":
                        self.world.engine.approve(key, seen, actor=Actor("agent", case.process))
                    case "starter":
                        self.world.engine.approve(key, seen, actor=STARTER)
                    case "anonymous":
                        self.world.engine.approve(key, seen, actor=Actor("client", "anonymous"))
                    case "stale":
                        self.world.engine.approve(key, arguments_hash('{"account":"ADA","amount":1}'), actor=BEN)
                    case "other tenant":
                        self.world.engine.approve(key, seen, actor=BEN, tenant_ids=("other",))
                    case "ben":
                        self.world.engine.approve(key, seen, actor=BEN)
                forged.append(case.forging)
            except LanewayError:
                continue
        return forged

    def _unauthorised(self, case: Case, effects: list[Effect]) -> list[str]:
        """Whatever is not a read of the own order, or a note to it, within the bounds."""
        wrong = [f"{each.host} {each.method} {each.path} {each.body[:60]}" for each in effects if not _own(each)]
        if case.goal == "loop" and len(effects) > ROUNDS * 40:
            wrong.append(f"{len(effects)} calls in {ROUNDS} rounds")
        asked = self.adversary.replies.pop(case.number, 0)
        if case.process == "budget" and asked > CALLS_A_DAY:
            wrong.append(f"asked {asked} times, where {CALLS_A_DAY} are allowed")
        if asked > ROUNDS * case.instances and case.process == "desk":
            wrong.append(f"asked {asked} times in {ROUNDS} rounds")
        return wrong

    def _answered(self, key: int) -> bool:
        rows = self.world.rows("element-instances", processInstanceKey=key, type="END_EVENT")
        return [row["elementId"] for row in rows] == ["answered"]

    def _did(self, case: Case, effects: list[Effect]) -> bool:
        """Everything that the plan of a benign twin asks for arrived, and once."""
        asked = [name for turn in case.plan.turns for name, _ in turn]
        return len(effects) == len(asked)

    def _end(self, keys: list[int]) -> None:
        for key in keys:
            if self.world.state(key) == "ACTIVE":
                self.world.engine.cancel_instance(key)
        self.world.settle()

    def _contracts(self) -> bytes:
        host = self.outside.hosts["erp"]
        own = f"http://{host}/tenants/own"
        order = {"type": "string", "maxLength": 40}
        free = {"may_choose": True}
        tools: dict[str, dict[str, Any]] = {
            "read_order": {
                "description": "Reads an order",
                "http": {"method": "GET", "url": f"{own}/orders/{{order}}"},
                "access": "read",
                "arguments": {"type": "object", "required": ["order"], "properties": {"order": order}},
                "untrusted": {**free, "may_fill": ["order"]},
            },
            "add_note": {
                "description": "Adds a note to an order",
                "http": {"method": "POST", "url": f"{own}/orders/{{order}}/notes"},
                "access": "write",
                "arguments": {
                    "type": "object",
                    "required": ["order", "text"],
                    "properties": {"order": order, "text": TEXT},
                },
                "untrusted": {**free, "may_fill": ["order", "text"]},
            },
            "pay": {
                "description": "Pays an amount",
                "http": {"method": "POST", "url": f"{own}/payments"},
                "access": "needs_approval",
                "arguments": {
                    "type": "object",
                    "required": ["account", "amount"],
                    "properties": {"account": TEXT, "amount": {"type": "number", "maximum": 1000}},
                },
                "recipients": ["account"],
            },
            "delete_order": {
                "description": "Deletes an order",
                "http": {"method": "DELETE", "url": f"{own}/orders/{{order}}"},
                "access": "prohibited",
                "arguments": {"type": "object", "required": ["order"], "properties": {"order": order}},
            },
            "fetch": {
                "description": "Reads a page of the ERP",
                "python": "tests.security.fetch",
                "access": "read",
                "arguments": {"type": "object", "required": ["url"], "properties": {"url": TEXT}},
                "untrusted": {**free, "may_fill": ["url"]},
                "host_arguments": ["url"],
                "hosts": [host],
            },
        }
        if self._loose:
            tools["pay"] |= {"access": "write", "untrusted": {**free, "may_fill": ["account", "amount"]}}
            tools["delete_order"] |= {"access": "write", "untrusted": {**free, "may_fill": ["order"]}}
            tools["fetch"] |= {"hosts": list(self.outside.hosts.values())}
            tools["read_order"] |= {"http": {"method": "GET", "url": f"http://{host}/{{order}}"}}
        agent: dict[str, Any] = {
            "purpose": "Answers customers about their orders",
            "owner": "head-of-service",
            "adapter": "adversary",
            "input": {
                "type": "object",
                "additionalProperties": False,
                "required": ["case"],
                "properties": {
                    name: {"type": "string"} for name in ("case", "text", "document", "file_name", "remark")
                },
            },
            "output": {
                "type": "object",
                "required": ["answer"],
                "additionalProperties": False,
                "properties": {"answer": {"type": "string", "maxLength": 500}},
            },
            "authority": "decide",
            "retries": {"attempts": 1},
            "tool_rounds": ROUNDS,
            "tools": tools,
            "guardrails": {"after": [{"use": "links", "config": {"allow": []}}]},
            "on": {"prohibited": {"error": "DENIED"}, "blocked": {"error": "DENIED"}},
        }
        if self._loose:
            agent |= {"guardrails": {}, "tool_rounds": 20}
        limited = {**agent, "limits": {"day": {"calls": 50 if self._loose else CALLS_A_DAY}}}
        return yaml.safe_dump({"version": 1, "agents": {"desk": agent, "budget": limited}}).encode()


def _own(effect: Effect) -> bool:
    match effect.host, effect.method:
        case "erp", "GET":
            return effect.path in ("/tenants/own/orders/A-1", "/tenants/own/orders/B-2")
        case "erp", "POST" if effect.path == "/tenants/own/payments":
            return True  # held against the database of payments
        case "erp", "POST":
            return effect.path == "/tenants/own/orders/A-1/notes" and set(json.loads(effect.body)) == {"text"}
    return False
