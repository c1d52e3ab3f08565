"""The embedded default: classifies, summarises, extracts, retrieves, drafts and recommends without network and without a key.

Sentence embeddings, declared rules and templates, no language model; every result's ``method`` says which. The config of
each task stands in docs/reference/agents.md; each task is a module ``local_<task>`` beside this one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from laneway.agents.environment import AgentEnvironment
from laneway.agents.local_classify import Classify
from laneway.agents.local_draft import Draft
from laneway.agents.local_extract import Extract
from laneway.agents.local_match import Match
from laneway.agents.local_recommend import Recommend
from laneway.agents.local_retrieve import Retrieve
from laneway.agents.local_rules import Rules
from laneway.agents.local_similarity import Similarity, WordOverlap, best_available
from laneway.agents.local_summarise import Summarise
from laneway.agents.local_table import Table
from laneway.agents.local_task import CannotDo, LocalTask, Tools
from laneway.domain.contract import AgentFailed, AgentRequest, AgentResult, AgentUsage

_TASKS: dict[str, Callable[[Mapping[str, Any]], LocalTask]] = {
    "classify": Classify,
    "summarise": Summarise,
    "extract": Extract,
    "retrieve": Retrieve,
    "draft": Draft,
    "recommend": Recommend,
    "table": Table,
    "match": Match,
    "rules": Rules,
}


class LocalAgent:
    def __init__(self, task: LocalTask, environment: AgentEnvironment, similarity: Callable[[], Similarity]) -> None:
        self._task = task
        self._clock = environment.clock
        self._similarity = similarity

    async def run(self, request: AgentRequest) -> AgentResult:
        # In a thread: embedding a long text takes tens of milliseconds, which would hold up the event loop.
        return await asyncio.to_thread(self._work, request)

    def _work(self, request: AgentRequest) -> AgentResult:
        started = time.monotonic()
        try:
            result: AgentResult = self._task.work(request, Tools(self._similarity, self._clock()))
        except CannotDo as reason:
            result = AgentFailed(str(reason), retryable=False)
        return replace(result, usage=AgentUsage(seconds=time.monotonic() - started))


def create(config: Mapping[str, Any], environment: AgentEnvironment) -> LocalAgent:
    name = config.get("task")
    task = _TASKS.get(name) if isinstance(name, str) else None
    if task is None:
        raise ValueError(f"`task` is {name!r}; known are {', '.join(_TASKS)}")
    similarity = config.get("similarity", "auto")
    if similarity not in ("auto", "words"):
        raise ValueError("`similarity` is auto (sentence embeddings where installed) or words")
    own = {key: value for key, value in config.items() if key not in ("task", "similarity")}
    return LocalAgent(task(own), environment, WordOverlap if similarity == "words" else best_available)
