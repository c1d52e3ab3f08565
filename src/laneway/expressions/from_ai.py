"""What an expression asks of an agent: the calls of ``fromAi`` in it, as parameters with a JSON Schema.

Source: Camunda 8, "AI Agent tool definitions" and "fromAi": ``fromAi(value, description, type, schema, options)``, whose value is a
field of the context ``toolCall``. It gives its first argument; the rest says what that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final

from laneway.expressions.builtins import BUILTINS
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.nodes import Builtin, Call, ContextLiteral, ListLiteral, Literal, Name, Negate, Node, Path
from laneway.expressions.parser import parse

FUNCTION = "fromAi"
CONTEXT = "toolCall"
TYPES: Final = ("string", "number", "integer", "boolean", "object", "array", "null")
"""Types of JSON Schema (2020-12, validation, 6.1.1)."""

_NAMES = ("value", "description", "type", "schema", "options")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """``path`` leads to it from ``toolCall``: one name, or several where it is a field of a context."""

    path: tuple[str, ...]
    schema: Mapping[str, Any]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Misuse:
    """A call that asks the agent for nothing, or not for what its author means. ``offset``: 0-based, in the text."""

    message: str
    fix: str
    offset: int


def asked(text: str) -> tuple[list[Parameter], list[Misuse]]:
    """The parameters that a FEEL text asks for, in its order. A text that cannot be read asks for none; that is told elsewhere."""
    if FUNCTION not in text:
        return [], []
    stripped = text.lstrip()
    lead = len(text) - len(stripped) + 1 if stripped.startswith("=") else 0
    try:
        root = parse(text[lead:], None, BUILTINS).root
    except (ExpressionSyntaxError, RecursionError):
        return [], []
    found: list[Parameter] = []
    misuses: list[Misuse] = []
    for call in _calls(root):
        read = _read(call, lead)
        if isinstance(read, Parameter):
            found.append(read)
        else:
            misuses.append(read)
    return found, misuses


def schema_of(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The JSON Schema of an object that holds the parameters; fields of a context make an object of it. Nothing else may be in it."""
    schema: dict[str, Any] = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    for parameter in parameters:
        here = schema
        for name in parameter.path[:-1]:
            if parameter.required:
                _require(here, name)
            inner = here["properties"].get(name)
            if not isinstance(inner, dict) or "properties" not in inner:
                inner = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
                here["properties"][name] = inner
            here = inner
        last = parameter.path[-1]
        here["properties"][last] = dict(parameter.schema)
        if parameter.required:
            _require(here, last)
    return schema


def _require(schema: dict[str, Any], name: str) -> None:
    if name not in schema["required"]:
        schema["required"].append(name)


def _calls(root: Node) -> Iterator[Call]:
    """In the order of the text. No recursion: a tree may be deeper than the stack."""
    found: list[Call] = []
    pending: list[object] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending.extend(node)
        elif isinstance(node, Node):
            if isinstance(node, Call) and isinstance(node.function, Builtin) and node.function.name == FUNCTION:
                found.append(node)
            pending.extend(getattr(node, each.name) for each in fields(node))
    return iter(sorted(found, key=lambda call: call.function.position))


def _read(call: Call, lead: int) -> Parameter | Misuse:
    names = call.names or _NAMES
    given = dict(zip(names, call.arguments, strict=False))
    offset = call.function.position + lead
    path = _path(given.get("value"))
    if path is None:
        return Misuse(
            f"the first argument of {FUNCTION} is no field of {CONTEXT}, so that the agent is not asked for it",
            f"Write it as {FUNCTION}({CONTEXT}.name, …).",
            offset,
        )
    said: dict[str, Any] = {}
    for name in _NAMES[1:]:
        value = _constant(given[name]) if name in given else None
        if value is _MISSING:
            return Misuse(
                f"the {name} of {FUNCTION}({CONTEXT}.{'.'.join(path)}) is computed, but the agent is told of it before anything is",
                f"Write the {name} out.",
                offset,
            )
        said[name] = value
    wrong = _unfit(said)
    if wrong is not None:
        return Misuse(f"the {wrong[0]} of {FUNCTION}({CONTEXT}.{'.'.join(path)}) {wrong[1]}", wrong[2], offset)
    schema = dict(said["schema"] or {})
    schema.setdefault("type", said["type"] or "string")
    if said["type"]:
        schema["type"] = said["type"]
    if said["description"]:
        schema["description"] = said["description"]
    required = (said["options"] or {}).get("required", True)
    return Parameter(path, schema, required is not False)


def _unfit(said: Mapping[str, Any]) -> tuple[str, str, str] | None:
    for name, kind, word in (("description", str, "text"), ("type", str, "text"), ("schema", dict, "context"), ("options", dict, "context")):  # fmt: skip
        if said[name] is not None and not isinstance(said[name], kind):
            return name, f"is no {word}", f"Write it as a {word}."
    kind_said = said["type"]
    if kind_said is not None and kind_said not in TYPES:
        return "type", f"is «{kind_said:.40}», which JSON Schema does not have", f"Use one of {', '.join(TYPES)}."
    required = (said["options"] or {}).get("required", True)
    if not isinstance(required, bool):
        return "options", "say required without true or false", "Write {required: true} or {required: false}."
    return None


def _path(node: Node | None) -> tuple[str, ...] | None:
    names: list[str] = []
    while isinstance(node, Path):
        names.append(node.name)
        node = node.base
    if not names or not isinstance(node, Name) or node.name != CONTEXT or node.local:
        return None
    return tuple(reversed(names))


def _constant(node: Node) -> Any:
    """The value of a node that computes nothing; ``_MISSING`` of any other."""
    if isinstance(node, Literal):
        value = node.value
        return value if value is None or isinstance(value, bool | int | str | Decimal) else _MISSING
    if isinstance(node, Negate):
        value = _constant(node.operand)
        return -value if isinstance(value, int | Decimal) and not isinstance(value, bool) else _MISSING
    if isinstance(node, ListLiteral):
        items = [_constant(item) for item in node.items]
        return _MISSING if any(item is _MISSING for item in items) else items
    if isinstance(node, ContextLiteral):
        entries = {name: _constant(value) for name, value in node.entries}
        return _MISSING if any(value is _MISSING for value in entries.values()) else entries
    return _MISSING
