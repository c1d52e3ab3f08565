"""Calls of drawn tools are counted and followed, as those of other tools are; documents of the store that is here are read."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from laneway.agents.attachments import texts_of
from laneway.agents.documents import Unreadable
from laneway.commands.observing import Observers
from tests.agentic.script import Script, call, calls, says, world


class Heard(Observers):
    """Observers that write down what they are told of tools."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: list[tuple[str, str, str]] = []
        self.followed: list[tuple[str, str]] = []

    def tool_called(self, agent: str, tool: str, outcome: str) -> None:
        self.counted.append((agent, tool, outcome))

    @contextmanager
    def calling(self, agent: str, tool: str, kind: str) -> Iterator[Any]:
        followed = self.followed

        class Calling:
            def answered(self, outcome: str) -> None:
                followed.append((f"{kind} {tool}", outcome))

        yield Calling()


def test_calls_of_drawn_tools_are_counted_once_their_results_are_heard() -> None:
    # Given an agent that asks for something that nobody drew, then for a tool that is done, and one that it may not have
    script = Script(
        calls(call("Nothing")),
        calls(call("LookUp", number="7"), call("Add", terms={"a": 1, "b": 2})),
        says("It is on its way."),
    )
    made = world(script, conversation={"prohibited_tools": ["Add"]})
    heard = Heard()
    object.__setattr__(made.context, "observers", heard)
    made.start(variables={"request": "Where is my order?", "customer": "c1"})
    made.settle()
    assert heard.counted == [("Helper", "unlisted", "denied")]

    # When its tool is done, and the model has heard of it; then each call is counted once, and followed.
    made.engine.complete_job(made.one_job("look-up").job.key, {"order": "sent"})
    made.settle()
    assert heard.counted[1:] == [("Helper", "LookUp", "done"), ("Helper", "Add", "denied")]
    assert heard.followed == [("drawn unlisted", "denied"), ("drawn LookUp", "done"), ("drawn Add", "denied")]


FILES = {"terms.md": b"Returns within 30 days."}


def reference(**changes: Any) -> dict[str, Any]:
    return {
        "camunda.document.type": "camunda",
        "storeId": "laneway",
        "documentId": "terms.md",
        "contentHash": hashlib.sha256(FILES["terms.md"]).hexdigest(),
        "metadata": {"fileName": "terms.md"},
        **changes,
    }


def test_a_document_of_the_store_that_is_here_is_read() -> None:
    # Given a reference to a file that was deployed beside the diagram; when it is read; then it is that file.
    assert asyncio.run(texts_of([reference()], None, FILES)) == [("terms.md", "Returns within 30 days.")]


@pytest.mark.parametrize(
    ("changes", "says_why"),
    [
        (
            {"storeId": "in-memory"},
            "'terms.md' lies in the document store 'in-memory', which is not here; hand it in as",
        ),
        (
            {"documentId": "other.md"},
            "no file 'other.md' that this agent may see was deployed beside the diagram; deploy it",
        ),
        (
            {"contentHash": "00"},
            "has another SHA-256 than the contentHash of its reference; refer to the file as it is",
        ),
        (
            {"camunda.document.type": "magic"},
            "'magic', which is none of inline, external and camunda; write one of these",
        ),
    ],
)
def test_a_document_that_is_not_here_says_where_it_is_and_what_to_do(changes: dict[str, Any], says_why: str) -> None:
    with pytest.raises(Unreadable, match="the document") as wrong:
        asyncio.run(texts_of([reference(**changes)], None, FILES))
    assert says_why in str(wrong.value)
