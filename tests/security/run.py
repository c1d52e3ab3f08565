"""Attempt the corpus, or a sample of it."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Sequence

from laneway.agents.tools.base import ToolRequest
from laneway.agents.tools.python import _registered, register_tool
from tests.security.attacks import PLACES, Place, corpus
from tests.security.drawn import DrawnField, drawn_corpus
from tests.security.field import Field, Outcome

FETCH = "tests.security.fetch"


def run(most: int | None = None, *, loose: bool = False, places: Sequence[Place] = PLACES) -> Iterator[Outcome]:
    """``most``: so many attacks of each cell, each with its twin."""
    register_tool(FETCH, _fetch)
    try:
        with Field(loose=loose) as field:
            for case in corpus(field.outside.hosts["attacker"], most):
                if case.place in places:
                    yield field.attempt(case)
        with DrawnField(loose=loose) as drawn:
            for case in drawn_corpus(drawn.outside.hosts["attacker"], most):
                if case.place in places:
                    yield drawn.attempt(case)
    finally:
        _registered.pop(FETCH, None)


def _fetch(request: ToolRequest) -> dict[str, str]:
    """A tool that fetches whatever it is told to: what keeps it within its hosts stands in the contract alone."""
    with urllib.request.urlopen(str(request.arguments["url"]), timeout=5) as answer:
        return {"page": answer.read().decode()}
