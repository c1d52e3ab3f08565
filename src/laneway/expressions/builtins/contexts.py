"""Functions on contexts (DMN 1.5, 10.3.4.8). A context is a JSON object; none is changed."""

from __future__ import annotations

from collections.abc import Mapping

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.run import Run

__all__: list[str] = []

Context = Mapping[str, object]


@builtin("get value(m: context, key: string)")
def get_value(run: Run, context: Context, key: str) -> object:
    return context.get(key)


@builtin("get value(m: context, keys: list)")
def get_value_at(run: Run, context: Context, keys: list[object]) -> object:
    """Follow a path of keys, of which there is at least one (Camunda's extension)."""
    if not keys:
        return UNFIT
    value: object = context
    run.charge(len(keys))
    for key in keys:
        if not isinstance(key, str):
            return UNFIT
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


@builtin("get entries(m: context)")
def get_entries(run: Run, context: Context) -> object:
    run.charge_list(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context put(context: context, key: string, value: any)")
def context_put(run: Run, context: Context, key: str, value: object) -> object:
    run.charge(len(context))
    return {**context, key: value}


@builtin("context put(context: context, keys: list, value: any)")
def context_put_at(run: Run, context: Context, keys: list[object], value: object) -> object:
    """Put a value at the end of a path of keys; every context on the way must be there (table 81)."""
    if not keys or not all(isinstance(key, str) for key in keys) or len(keys) > 64:
        return UNFIT
    run.charge(len(context) + len(keys))
    first, rest = str(keys[0]), keys[1:]
    if not rest:
        return {**context, first: value}
    below = context.get(first)
    if not isinstance(below, Mapping):
        return UNFIT
    inner = context_put_at(run, below, rest, value)
    return inner if inner is UNFIT else {**context, first: inner}


@builtin("context merge(contexts: list)")
def context_merge(run: Run, contexts: list[object]) -> object:
    """Join contexts; of two entries with one name the later wins."""
    result: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, Mapping):
            return UNFIT
        run.charge(len(context) + 1)
        result.update(context)
    return result


@builtin("context(entries: list)")
def context_of(run: Run, entries: list[object]) -> object:
    """Make a context of ``{key: …, value: …}`` entries; none may come twice."""
    run.charge(len(entries))
    result: dict[str, object] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or "value" not in entry or not isinstance(entry.get("key"), str):
            return UNFIT
        if entry["key"] in result:
            run.warn(f"context: the key {entry['key']} comes twice.")
            return None
        result[entry["key"]] = entry["value"]
    return result
