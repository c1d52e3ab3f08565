"""Adapters of deployed contracts are made ready when the worker starts."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from laneway.agents.registry import AgentRegistry
from laneway.agents.scripted import ScriptedAgent, create as create_scripted
from laneway.workers.agent.warming import warm_up as warm_up_adapters
from tests.support.world import World
from tests.workers.test_dial import begin

warmed = threading.Event()


def warm_up() -> None:
    """Found beside the factory of the adapter."""
    warmed.set()


def create(config: Mapping[str, Any]) -> ScriptedAgent:
    return create_scripted(config)


def test_an_adapter_that_a_deployed_contract_names_is_warmed_up() -> None:
    # Given a contract under an adapter that takes long at first
    registry = AgentRegistry()
    registry.register("slow", create)
    world = World(agents=registry)
    tenants = world.laneway.settings.tenants
    warmed.clear()

    # When nothing names it; then it is left alone
    thread = warm_up_adapters(world.context, registry, tenants)
    assert thread is not None
    thread.join(5)
    assert not warmed.is_set()

    # When a deployed contract does, and the worker starts; then it is ready before there is a job.
    begin(world, "manual", adapter="slow")
    world.laneway.workers.start()
    try:
        assert warmed.wait(5)
    finally:
        world.close()


def test_warming_the_language_models_up_imports_what_they_need() -> None:
    said = "from laneway.agents.registry import AgentRegistry; import sys; AgentRegistry().warm_up('llm'); print('pydantic_ai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "True"
