"""A real agent that speaks A2A on loopback, made with the reference server of the protocol."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from a2a.helpers import get_data_parts, new_data_part, new_task_from_user_message, new_text_message
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCard
from starlette.applications import Starlette


@dataclass
class RemoteAgent(AgentExecutor):
    """``mode``: works, slow, asks, rejects, fails. Keeps the message ids and inputs that came, and what was cancelled."""

    mode: str = "works"
    output: dict[str, Any] = field(default_factory=lambda: {"label": "a", "score": 0.1})
    seconds: float = 0.6
    ids: list[str] = field(default_factory=list)
    inputs: list[Any] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        assert context.message is not None
        self.ids.append(context.message.message_id)
        self.inputs += get_data_parts(context.message.parts)
        task = context.current_task or new_task_from_user_message(context.message)
        await event_queue.enqueue_event(task)
        updater = TaskUpdater(event_queue, task.id, task.context_id)
        await updater.start_work()
        if self.mode == "slow":
            await asyncio.sleep(self.seconds)
        match self.mode:
            case "asks":
                await updater.requires_input(new_text_message("which order?"))
            case "rejects":
                await updater.reject(new_text_message("not my trade"))
            case "fails":
                await updater.failed(new_text_message("out of paper"))
            case _:
                await updater.add_artifact([new_data_part(self.output)])
                await updater.complete()

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        self.cancelled.append(str(context.task_id))
        await TaskUpdater(event_queue, str(context.task_id), str(context.context_id)).cancel()


@asynccontextmanager
async def serving_a2a(agent: RemoteAgent) -> AsyncIterator[str]:
    """``host:port`` of the running agent."""
    handler = DefaultRequestHandler(
        agent_executor=agent, task_store=InMemoryTaskStore(), agent_card=AgentCard(name="remote")
    )
    app = Starlette(routes=create_jsonrpc_routes(handler, "/"))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag alone
        await asyncio.sleep(0.01)
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
