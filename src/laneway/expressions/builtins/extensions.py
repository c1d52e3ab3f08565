"""Functions that Camunda adds to FEEL's (docs.camunda.io, FEEL, built-in functions).

They mean what is documented there. Those on dates and contexts stand beside FEEL's own.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.regex import pattern_of
from laneway.expressions.results import text_of, to_json_value
from laneway.expressions.run import Run
from laneway.expressions.values import INTEGER_LIMIT, normalise_number

__all__: list[str] = []


@builtin("extract(string: string, pattern: string)")
@builtin("extract(input: string, pattern: string, flags?: string?)")
def extract(run: Run, text: str, pattern: str, flags: str | None = None) -> object:
    """All pieces of a text that fit a pattern."""
    compiled = pattern_of(pattern, flags, run)
    if compiled is None:
        return None
    pieces = [text[found.start : found.end] for found in compiled.matches(text, run)]
    run.charge_list(len(pieces))
    return pieces


@builtin("trim(string: string)")
def trim(run: Run, text: str) -> object:
    """Without white space at both ends."""
    run.charge_text(len(text))
    return text.strip()


@builtin("is blank(string: string)")
def is_blank(run: Run, text: str) -> object:
    """True for a text of white space only."""
    run.charge_text(len(text))
    return not text.strip()


@builtin("to base64(value: string)")
def to_base64(run: Run, text: str) -> object:
    """Base64 of a text's UTF-8."""
    run.charge_text(len(text) * 5)
    try:
        return b64encode(text.encode()).decode()
    except UnicodeEncodeError:
        run.warn("to base64: the text holds half a character.")
        return None


@builtin("to json(value: any)")
def to_json(run: Run, value: object) -> object:
    """A value as JSON text; dates and durations are the strings that FEEL writes for them."""
    pieces: list[str] = []
    _write_json(to_json_value(value), pieces, run)
    run.charge_text(sum(map(len, pieces)))
    return "".join(pieces)


def _write_json(value: object, pieces: list[str], run: Run) -> None:
    run.charge(4)
    if isinstance(value, str):
        run.charge_text(len(value))
        pieces.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, Mapping):
        for index, (key, entry) in enumerate(value.items()):
            pieces.append(("," if index else "{") + json.dumps(str(key), ensure_ascii=False) + ":")
            _write_json(entry, pieces, run)
        pieces.append("}" if value else "{}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            pieces.append("," if index else "[")
            _write_json(item, pieces, run)
        pieces.append("]" if value else "[]")
    else:
        pieces.append(text_of(value, run))


@builtin("from json(value: string)")
def from_json(run: Run, text: str) -> object:
    """The value that a JSON text stands for; null for any other text."""
    run.charge_text(len(text))
    run.charge(len(text) // 4)
    try:
        return json.loads(text, parse_float=_read_number, parse_int=_read_number, parse_constant=_refused)
    except (ValueError, RecursionError):
        run.warn("from json: the text is no JSON.")
        return None


def _read_number(text: str) -> object:
    value = normalise_number(Decimal(text))
    if value is None:
        raise ValueError(text)
    return int(value) if "." not in text and "e" not in text.lower() and abs(value) < INTEGER_LIMIT else value


def _refused(text: str) -> object:
    raise ValueError(text)


@builtin("is defined(value: any)")
def is_defined(run: Run, value: object) -> object:
    """True unless the value is null or missing."""
    return value is not None


@builtin("get or else(value: any, default: any)")
def get_or_else(run: Run, value: object, default: object) -> object:
    """The value, or the default in place of null."""
    return default if value is None else value


@builtin("assert(value: any, condition: any)")
@builtin("assert(value: any, condition: any, cause: string)")
def assert_that(run: Run, value: object, condition: object, cause: str | None = None) -> object:
    """The value if the condition is true; otherwise the whole evaluation fails, which is what it is for."""
    if condition is True:
        return value
    raise ExpressionEvaluationError(cause or "The condition of assert is not fulfilled.")


@builtin("put(context: context, key: string, value: any)")
def put(run: Run, context: Mapping[str, object], key: str, value: object) -> object:
    """Add an entry; Camunda's name for ``context put`` from before the standard had one."""
    run.charge(len(context))
    return {**context, key: value}


@builtin("put all(*context: each)")
def put_all(run: Run, contexts: list[object]) -> object:
    """Join contexts; Camunda's name for ``context merge`` from before the standard had one."""
    result: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, Mapping):
            return UNFIT
        run.charge(len(context) + 1)
        result.update(context)
    return result


@builtin("uuid()")
def uuid(run: Run) -> object:
    """A random UUID (RFC 9562, version 4), the same again for the same seed."""
    return str(UUID(int=run.random_bits(128), version=4))


@builtin("random number()")
def random_number(run: Run) -> object:
    """A number from 0 up to 1, which it never is, with 18 decimals; the same again for the same seed."""
    return normalise_number(Decimal(run.random_bits(128) % 10**18).scaleb(-18))


@builtin("fromAi(value: any, description?: string?, type?: string?, schema?: context?, options?: context?)")
def from_ai(
    run: Run,
    value: object,
    description: str | None,
    kind: str | None,
    schema: Mapping[str, object] | None,
    options: Mapping[str, object] | None,
) -> object:
    """The value as it is; the rest describes it to the agent that provides it."""
    return value


@builtin("bpmnError(code: string, message?: string?, variables?: context?)")
def bpmn_error(run: Run, code: str, message: str | None, variables: Mapping[str, object] | None) -> object:
    """Of an error expression: the BPMN error to be thrown."""
    return {"errorType": "bpmnError", "code": code, "message": message, "variables": variables}


@builtin("jobError(message: string, variables?: context?, retries?: number?, retryBackoff?: duration?)")
def job_error(
    run: Run, message: str, variables: Mapping[str, object] | None, retries: Decimal | None, backoff: object
) -> object:
    """Of an error expression: the job is to fail.

    Source of the order: ``FeelConnectorFunctionProvider`` of camunda/connectors, where the function is called ``failJob`` in older versions:
    message, variables, retries, retryBackoff.
    """
    return {
        "errorType": "jobError",
        "message": message,
        "variables": variables,
        "retries": retries,
        "retryBackoff": backoff,
    }


@builtin("ignoreError(variables?: context?)")
def ignore_error(run: Run, variables: Mapping[str, object] | None) -> object:
    """Of an error expression: the job is done for all that. Its one argument is that of the two others."""
    return {"errorType": "ignoreError", "variables": variables}
