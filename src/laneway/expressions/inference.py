"""The type that a function's body says for itself, without being evaluated (DMN 1.5, 10.3.2.9: ``type(e)``).

Only ``instance of`` and conformance of functions ask. What isn't obvious from the text is left open.
"""

from __future__ import annotations

from collections.abc import Mapping

from laneway.expressions import nodes
from laneway.expressions.nodes import Node, TypeReference
from laneway.expressions.values import FeelFunction, type_name

__all__ = ["result_type"]

_BOOLEAN, _ANY = TypeReference(0, "boolean"), TypeReference(0, "Any")
_CONDITIONS = (
    nodes.And, nodes.Or, nodes.Comparison, nodes.Between, nodes.In, nodes.InstanceOf, nodes.Quantified,
)  # fmt: skip
_NAMES = {"null": "Null"}


def result_type(function: FeelFunction) -> TypeReference | None:
    """Give the type of a function's result; None where it isn't known."""
    if function.result is not None or not isinstance(function.body, nodes.FunctionLiteral):
        return function.result
    return _type(function.body.body, _parameters(function.body))


def _parameters(function: nodes.FunctionLiteral) -> dict[str, TypeReference]:
    """A parameter without a type takes any (DMN 1.5, 10.3.2.13.2)."""
    return {name: kind or _ANY for name, kind in function.parameters}


def _type(node: Node, names: Mapping[str, TypeReference]) -> TypeReference | None:
    if isinstance(node, nodes.Literal):
        name = type_name(node.value)
        return TypeReference(0, _NAMES.get(name, name))
    if isinstance(node, nodes.Name):
        return names.get(node.name)
    if isinstance(node, _CONDITIONS):
        return _BOOLEAN
    if isinstance(node, nodes.Negate):
        return _type(node.operand, names)
    if isinstance(node, nodes.Arithmetic):
        return _common([_type(node.left, names), _type(node.right, names)], ("number", "string"))
    if isinstance(node, nodes.Chain):
        return _common(
            [_type(node.first, names), *(_type(operand, names) for _, operand in node.rest)], ("number", "string")
        )
    if isinstance(node, nodes.If):
        return _common([*(_type(result, names) for _, result in node.branches), _type(node.otherwise, names)])
    if isinstance(node, nodes.ListLiteral):
        items = [_type(item, names) for item in node.items]
        element = _common(items) if items else TypeReference(0, "Null")
        if element is not None:
            return TypeReference(0, "list", (element,))
        return None if None in items else TypeReference(0, "list", (_ANY,))
    if isinstance(node, nodes.FunctionLiteral):
        parameters = _parameters(node)
        result = _type(node.body, {**names, **parameters})
        return None if result is None else TypeReference(0, "function", (*parameters.values(), result))
    return None


def _common(kinds: list[TypeReference | None], among: tuple[str, ...] = ()) -> TypeReference | None:
    """Give the one type that all have; None where one is unknown, they differ, or it isn't ``among`` these."""
    first = kinds[0]
    if first is None or (among and first.name not in among):
        return None
    return first if all(kind is not None and kind.same_as(first) for kind in kinds) else None
