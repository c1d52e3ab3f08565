"""Functions that a test's operator allows by name."""

from __future__ import annotations

from typing import Any

from laneway.domain.contract import AgentRequest

NAME = "not a function"


def greet(request: AgentRequest) -> dict[str, Any]:
    return {"greeting": f"{request.input['text']} you"}
