"""A model that says what is written down, and a world with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from laneway.agents.chat import Message, ModelFault, Reply, ToolCall, ToolDescription
from laneway.agents.registry import AgentRegistry
from laneway.domain.contract import AgentFailed, AgentRequest, AgentResult
from tests.support.world import World

HERE = Path(__file__).parent
Line = Reply | ModelFault | Callable[[Sequence[Message]], Reply]


def call(name: str, id: str = "", **arguments: Any) -> ToolCall:
    return ToolCall(id or f"id-{name}", name, arguments)


def calls(*wanted: ToolCall, text: str = "") -> Reply:
    return Reply(text, wanted, 100, 10, "a-model-2", "tool_calls", 0.01, "EUR")


def says(text: str) -> Reply:
    return Reply(text, (), 50, 5, "a-model-2", "stop", 0.005, "EUR")


class Script:
    """An adapter that holds a conversation; ``heard`` has what its model was given, call by call, ``offered`` the tools."""

    def __init__(self, *lines: Line) -> None:
        self.lines = list(lines)
        self.heard: list[list[Message]] = []
        self.offered: list[list[ToolDescription]] = []
        self.settled: list[Mapping[str, Any]] = []

    async def loaded(self) -> Script:
        return self

    def model_named(self, name: str | None) -> Script:
        return self

    def opening(self, request: AgentRequest) -> Sequence[Message]:
        return ()

    def settings(self, request: AgentRequest) -> Mapping[str, Any]:
        return {}

    async def run(self, request: AgentRequest) -> AgentResult:
        return AgentFailed("it is asked turn by turn", retryable=False)

    async def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDescription] = (),
        *,
        output_schema: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] = {},
    ) -> Reply:
        self.heard.append(list(messages))
        self.offered.append(list(tools))
        self.settled.append({**settings, "output_schema": output_schema})
        line = self.lines.pop(0)
        if isinstance(line, ModelFault):
            raise line
        return line if isinstance(line, Reply) else line(messages)

    @property
    def last(self) -> list[tuple[str, str]]:
        return [(message.role, message.text) for message in self.heard[-1]]


def contract(name: str = "Helper", **changes: Any) -> tuple[str, bytes]:
    agent = {
        "purpose": "Helps a customer",
        "owner": "head-of-service",
        "adapter": "script",
        "input": {"type": "object"},
        "output": {"type": "object"},
        "authority": "decide",
        "retries": {"attempts": 1},
        **changes,
    }
    return "agents.yaml", yaml.safe_dump({"version": 1, "agents": {name: agent}}).encode()


def registry(script: Script) -> AgentRegistry:
    agents = AgentRegistry()
    agents.register("script", lambda config: script)
    return agents


def world(
    script: Script,
    diagram: str = "sub_process.bpmn",
    *,
    edit: Callable[[str], str] = str,
    settings: Mapping[str, Any] | None = None,
    **changes: Any,
) -> World:
    made = World(agents=registry(script), **(settings or {}))
    text = edit((HERE / diagram).read_text(encoding="utf-8"))
    made.engine.deploy([(diagram, text.encode()), contract(**changes)])
    return made
