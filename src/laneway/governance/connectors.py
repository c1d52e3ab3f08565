"""What the headers of an element make of what came of its work, as the element templates of connectors write them.

Source: Camunda 8, "How to use connectors": result variable, result expression, error expression, retry backoff.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from laneway.expressions import ExpressionError, compile as compile_expression, to_json_value
from laneway.governance.durations import DurationFault, seconds

RESULT_VARIABLE = "resultVariable"
RESULT_EXPRESSION = "resultExpression"
ERROR_EXPRESSION = "errorExpression"
RETRY_BACKOFF = "retryBackoff"
MOST_RETRIES = 1_000
LONGEST_BACKOFF = 7 * 86_400.0
CODE = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): ")
"""The code that a message about an agent begins with, after who it is."""


@dataclass(frozen=True, slots=True)
class ThrowError:
    code: str
    message: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FailJob:
    """``retries`` None: one less than there were. ``backoff`` in seconds; None: nothing is said."""

    message: str
    variables: Mapping[str, Any]
    retries: int | None
    backoff: float | None


@dataclass(frozen=True, slots=True)
class Ignore:
    variables: Mapping[str, Any]


Handling = ThrowError | FailJob | Ignore


def by_headers(headers: Mapping[str, str], response: Mapping[str, Any]) -> dict[str, Any]:
    """Camunda 8, "Result variable" and "Result expression": the whole response under one name, and what an expression makes of it."""
    variables: dict[str, Any] = {}
    name = headers.get(RESULT_VARIABLE, "").strip()
    if name:
        variables[name] = dict(response)
    text = headers.get(RESULT_EXPRESSION, "").strip()
    if text:
        try:
            made = to_json_value(compile_expression(text).evaluate({**response, "response": response}))
        except ExpressionError:
            made = None
        if isinstance(made, dict):
            variables.update(made)
    return variables


def handling(
    headers: Mapping[str, str],
    response: Mapping[str, Any] | None,
    error: Mapping[str, Any] | None,
    retries: int,
) -> Handling | None:
    """What the error expression says is to be done. ``response``: of a job that was done; ``error``: ``{"code", "message"}`` of one that was
    not. None: there is none, it asks for nothing, or it cannot be evaluated."""
    text = headers.get(ERROR_EXPRESSION, "").strip()
    if not text:
        return None
    seen: dict[str, Any] = {"response": response, "error": error, "job": {"retries": Decimal(retries)}}
    if response is not None:
        seen = {**response, **by_headers(headers, response), **seen}
    try:
        # What there is not is not defined, as expressions ask.
        made = to_json_value(compile_expression(text).evaluate({k: v for k, v in seen.items() if v is not None}))
    except ExpressionError:
        return None
    return _read(made, error) if isinstance(made, dict) else None


def _read(made: Mapping[str, Any], error: Mapping[str, Any] | None) -> Handling | None:
    variables = made.get("variables")
    given = dict(variables) if isinstance(variables, dict) else {}
    message = made.get("message")
    said = message if isinstance(message, str) and message else str((error or {}).get("message", ""))
    kind = made.get("errorType")
    if kind == "jobError":
        count, pause = made.get("retries"), made.get("retryBackoff")
        retries = None if not isinstance(count, int | Decimal) else max(0, min(int(count), MOST_RETRIES))
        return FailJob(said, given, retries, _seconds(pause))
    if kind == "ignoreError":
        return Ignore(given)
    code = made.get("code")
    return ThrowError(code, said, given) if isinstance(code, str) and code else None


def error_of(kind: str, message: str) -> dict[str, Any]:
    """What an error expression is told of a violation: the code that Camunda documents, or the kind in capitals."""
    found = CODE.search(message)
    return {"code": kind.upper() if found is None else found.group(1), "message": message}


def backoff_of(headers: Mapping[str, str]) -> float:
    """Seconds that the element says are to be waited before a job is tried again; 0 where it says nothing."""
    return _seconds(headers.get(RETRY_BACKOFF)) or 0.0


def _seconds(text: Any) -> float | None:
    try:
        return min(seconds(text.strip()), LONGEST_BACKOFF) if isinstance(text, str) and text.strip() else None
    except DurationFault:
        return None
