"""Python scripts, in the monty sandbox: an interpreter of its own in worker processes, without files, network or imports of ours.

The extra ``scripts`` brings it. Each script gets a fresh session with limits on time, memory, recursion and output; a worker
that dies is replaced and the host never notices. What comes back are JSON values.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from typing import Any

from laneway.expressions.errors import ExpressionError, ExpressionEvaluationError, ExpressionSyntaxError
from laneway.expressions.expression import Expression
from laneway.expressions.limits import MAX_TEXT_LENGTH
from laneway.expressions.results import text_of
from laneway.expressions.run import Run
from laneway.expressions.values import integral, normalise_number

__all__ = ["ScriptLimits", "compile_python", "run_script"]


@dataclass(frozen=True, slots=True)
class ScriptLimits:
    """What one script may use; a setting may widen it."""

    seconds: float = 2.0
    memory_bytes: int = 64 * 1024 * 1024
    recursion: int = 200
    output_bytes: int = 64 * 1024
    integer_bits: int = 4_096


DEFAULT_LIMITS = ScriptLimits()
_CODE = re.compile(r"<(?:module|function|class|built-in|bound method)\b[^\n]*>$")
_CHECK = "raise ValueError('checked')\n"
"""Put before a script, this ends it before its first line, but only once all of it has been parsed."""


def _monty(text: str) -> Any:
    try:
        return import_module("pydantic_monty")
    except ImportError as error:
        raise ExpressionError(
            "Python scripts need the extra `scripts`.",
            code="extra_missing",
            text=text,
            hint="pip install 'laneway[scripts]', or write the expression in FEEL with a = before it.",
        ) from error


@lru_cache(maxsize=1)
def _pool(process: int) -> Any:
    """One pool of workers per process of ours; a forked child makes its own."""
    pool = import_module("pydantic_monty").Monty(min_processes=1, checkout_timeout=30.0, max_checkouts_per_worker=1_000)
    return pool.__enter__()


def _session(text: str, limits: ScriptLimits, now: datetime | None) -> Any:
    _monty(text)
    policy: dict[str, object] = {"sleep": "zero"}
    if now is not None:
        policy["datetime"] = now
    return _pool(os.getpid()).checkout(
        limits={
            "max_feed_duration_secs": limits.seconds,
            "max_memory": limits.memory_bytes,
            "max_recursion_depth": limits.recursion,
            "max_suspensions": 100,
        },
        os_policy=policy,
    )


def _feed(session: Any, code: str, text: str, inputs: dict[str, object], limits: ScriptLimits) -> object:
    monty = _monty(text)
    try:
        return session.feed_run(code, inputs=inputs, print_callback=monty.CollectString(limits.output_bytes))
    except monty.MontySyntaxError as error:
        raise _syntax_error(error, text, code) from None
    except monty.MontyCrashedError:
        raise ExpressionEvaluationError(
            "The script was stopped: its worker died or took too long.", text=text, code="expression_budget"
        ) from None
    except monty.MontyError as error:
        reason = str(error)[:500]
        budget = reason.startswith(("MemoryError", "TimeoutError", "RecursionError"))
        frames = error.traceback() if hasattr(error, "traceback") else []
        where = f" (line {frames[-1].line})" if frames and not budget else ""
        raise ExpressionEvaluationError(
            f"The script failed{where}: {reason}.",
            text=text,
            code="expression_budget" if budget else "expression_failed",
        ) from None
    except (TypeError, ValueError) as error:
        raise ExpressionEvaluationError(f"A value can't enter or leave the script: {error}.", text=text) from None


def _syntax_error(error: Any, text: str, code: str) -> ExpressionSyntaxError:
    frames = error.traceback()
    line = frames[-1].line - code.startswith(_CHECK) if frames else 1
    column = frames[-1].column if frames else 1
    lines = text.splitlines(keepends=True)
    offset = sum(map(len, lines[: line - 1])) + column
    return ExpressionSyntaxError(f"Line {line} of the script can't be read: {str(error)[:200]}", text, offset)


def run_script(
    code: str,
    variables: Mapping[str, object],
    outputs: Iterable[str] | None = None,
    limits: ScriptLimits = DEFAULT_LIMITS,
    now: datetime | None = None,
) -> dict[str, object]:
    """Run a script and give back variables.

    Parameters
    ----------
    code
        The script.
    variables
        JSON values by name; only names that Python can have are seen by the script.
    outputs
        Names to give back, each of which the script must have set; None for all it has set or changed.
    now
        What the script's clock shows; None for the time of the machine.

    Returns
    -------
    JSON values by name: numbers are int or Decimal, dates and times ISO 8601 texts.

    Raises
    ------
    ExpressionSyntaxError, ExpressionEvaluationError, ExpressionError
        The script can't be read, failed or exceeded a limit, or the extra isn't installed.
    """
    inputs = {name: value for name, value in variables.items() if name.isidentifier()}
    wanted = None if outputs is None else tuple(outputs)
    if wanted is not None and not all(name.isidentifier() for name in wanted):
        raise ExpressionEvaluationError("The names of a script's outputs must be names in Python.", text=code)
    with _session(code, limits, now) as session:
        _feed(session, code, code, inputs, limits)
        question = "locals()" if wanted is None else "{" + ", ".join(f"{name!r}: {name}" for name in wanted) + "}"
        found = _feed(session, question, code, {}, limits)
    if not isinstance(found, dict):
        raise ExpressionEvaluationError("The script hides its own variables.", text=code)
    run = Run()
    if wanted is None:
        found = {
            name: value
            for name, value in found.items()
            if _is_data(value) and (name not in inputs or (inputs[name] is not value and inputs[name] != value))
        }
    return {str(name): _json(value, code, limits, run) for name, value in found.items()}


def compile_python(text: str) -> Expression:
    """Check a Python expression or script and make it an Expression; its value is that of its last line."""
    if len(text) > MAX_TEXT_LENGTH:
        raise ExpressionSyntaxError(f"The script has more than {MAX_TEXT_LENGTH} characters", text[:200], 1)
    with _session(text, DEFAULT_LIMITS, None) as session:
        try:
            _feed(session, _CHECK + text, text, {}, DEFAULT_LIMITS)
        except ExpressionEvaluationError as error:
            if "checked" not in error.reason:
                raise
    names = _names(text)

    def evaluate(scope: Mapping[str, object], run: Run) -> object:
        inputs: dict[str, object] = {}
        for name in names:
            try:
                inputs[name] = scope[name]
            except KeyError:
                continue
        with _session(text, DEFAULT_LIMITS, run.now) as session:
            return _json(_feed(session, text, text, inputs, DEFAULT_LIMITS), text, DEFAULT_LIMITS, run)

    return Expression(text, "PYTHON", names, False, evaluate)


def _names(text: str) -> frozenset[str]:
    """Names that a script reads, without running it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _is_data(value: object) -> bool:
    """Leave out what a script defines for itself: the sandbox shows functions, classes and modules as texts like these."""
    if isinstance(value, str):
        return _CODE.match(value) is None
    return value is None or isinstance(
        value, (bool, int, float, Decimal, list, tuple, dict, set, frozenset, date, time, timedelta)
    )


def _json(value: object, text: str, limits: ScriptLimits, run: Run) -> object:
    """Make JSON of what a script gives: numbers exact, sets and tuples lists, temporal values texts."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if value.bit_length() <= limits.integer_bits:
            return value
    elif isinstance(value, (float, Decimal)):
        number = normalise_number(value)
        if number is not None:
            return integral(number) if isinstance(number, Decimal) else number
    elif isinstance(value, (list, tuple, set, frozenset)):
        run.charge(len(value))
        return [_json(item, text, limits, run) for item in value]
    elif isinstance(value, dict):
        run.charge(len(value))
        if all(isinstance(key, str) for key in value):
            return {key: _json(item, text, limits, run) for key, item in value.items()}
        raise ExpressionEvaluationError("The keys of a dict that leaves a script must be texts.", text=text)
    elif isinstance(value, (date, time, timedelta)):
        return text_of(value, run)
    raise ExpressionEvaluationError(
        f"A {type(value).__name__} like this can't leave a script; give JSON values.", text=text
    )
