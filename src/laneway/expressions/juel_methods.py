"""The methods that JUEL may call: these and no others, on values of these kinds.

Names and meaning are those of Java's String, List, Map and Number, and of the JSON objects of Camunda Spin, as far as
conditions in diagrams use them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.operators import as_number, equal, order, strictly_equal
from laneway.expressions.patterns import find_all, pattern_of, replaced
from laneway.expressions.results import text_of
from laneway.expressions.run import Run
from laneway.expressions.values import type_name

__all__ = ["call_method", "variable_function"]

Method = Callable[..., object]


def _index(value: object) -> int:
    number = as_number(value)
    if number is None or number != int(number):
        raise ExpressionEvaluationError(f"An index is a whole number, not a {type_name(value)}.")
    return int(number)


def _substring(run: Run, text: str, start: object, end: object = None) -> str:
    first, last = _index(start), len(text) if end is None else _index(end)
    if not 0 <= first <= last <= len(text):
        raise ExpressionEvaluationError(f"There is no substring from {first} to {last} of {len(text)} characters.")
    return text[first:last]


def _char_at(run: Run, text: str, position: object) -> str:
    index = _index(position)
    if not 0 <= index < len(text):
        raise ExpressionEvaluationError(f"There is no character {index} in a text of {len(text)}.")
    return text[index]


def _pattern(run: Run, pattern: object, *, whole: bool = False) -> Any:
    warnings: list[str] = []
    inner = Run(run.now, warnings)
    text = _text(pattern)
    compiled = pattern_of(f"^(?:{text})$" if whole else text, "s" if whole else "", inner)
    run.charge(10 + len(text))
    if compiled is None:
        raise ExpressionEvaluationError(warnings[0])
    return compiled


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ExpressionEvaluationError(f"A text is needed, not a {type_name(value)}.")
    return value


def _replace(run: Run, text: str, old: object, new: object) -> str:
    before, after = _text(old), _text(new)
    run.charge_text(len(text) + text.count(before) * len(after))
    return text.replace(before, after)


def _replace_all(run: Run, text: str, pattern: object, replacement: object) -> str:
    result = replaced(_pattern(run, pattern), text, _text(replacement), run)
    if result is None:
        raise ExpressionEvaluationError("In a replacement $ is followed by the number of a group.")
    return result


def _split(run: Run, text: str, pattern: object) -> list[object]:
    pieces: list[object] = []
    end = 0
    for match in find_all(_pattern(run, pattern), text, run):
        if match.end() > match.start():
            pieces.append(text[end : match.start()])
            end = match.end()
    return [*pieces, text[end:]]


def _concat(run: Run, text: str, other: object) -> str:
    run.charge_text(len(text) + len(_text(other)))
    return text + _text(other)


def _compare(run: Run, a: object, b: object) -> int:
    if strictly_equal(a, b, run):
        return 0
    less = order("<", a, b, run)
    if less is None:
        raise ExpressionEvaluationError(f"Can't compare {type_name(a)} and {type_name(b)}.")
    return -1 if less else 1


def _matches(run: Run, text: str, pattern: object) -> bool:
    return any(True for _ in find_all(_pattern(run, pattern, whole=True), text, run))


def _get(run: Run, items: list[object], position: object) -> object:
    index = _index(position)
    if not 0 <= index < len(items):
        raise ExpressionEvaluationError(f"There is no element {index} in a list of {len(items)}; the first one is 0.")
    return items[index]


def _contains(run: Run, items: list[object], value: object) -> bool:
    run.charge(len(items))
    return any(strictly_equal(item, value, run) for item in items)


def _position(run: Run, items: list[object], value: object) -> int:
    run.charge(len(items))
    return next((index for index, item in enumerate(items) if strictly_equal(item, value, run)), -1)


_ANY: dict[str, Method] = {
    "equals": lambda run, value, other: equal(value, other, run, warn=False) is True,
    "toString": lambda run, value: text_of(value, run),
    "value": lambda run, value: value,
}
_STRING: dict[str, Method] = {
    "contains": lambda run, text, part: _text(part) in text,
    "startsWith": lambda run, text, part: text.startswith(_text(part)),
    "endsWith": lambda run, text, part: text.endswith(_text(part)),
    "equalsIgnoreCase": lambda run, text, other: isinstance(other, str) and text.casefold() == other.casefold(),
    "length": lambda run, text: len(text),
    "isEmpty": lambda run, text: not text,
    "isBlank": lambda run, text: not text.strip(),
    "toLowerCase": lambda run, text: text.lower(),
    "toUpperCase": lambda run, text: text.upper(),
    "trim": lambda run, text: text.strip(),
    "strip": lambda run, text: text.strip(),
    "substring": _substring,
    "charAt": _char_at,
    "indexOf": lambda run, text, part: text.find(_text(part)),
    "lastIndexOf": lambda run, text, part: text.rfind(_text(part)),
    "replace": _replace,
    "replaceAll": _replace_all,
    "split": _split,
    "concat": _concat,
    "matches": _matches,
    "compareTo": _compare,
    "stringValue": lambda run, text: text,
}
_LIST: dict[str, Method] = {
    "size": lambda run, items: len(items),
    "isEmpty": lambda run, items: not items,
    "contains": _contains,
    "get": _get,
    "indexOf": _position,
    "elements": lambda run, items: items,
}
_MAP: dict[str, Method] = {
    "get": lambda run, entries, key: entries.get(key) if isinstance(key, str) else None,
    "getOrDefault": lambda run, entries, key, default: entries.get(key, default) if isinstance(key, str) else default,
    "containsKey": lambda run, entries, key: isinstance(key, str) and key in entries,
    "containsValue": lambda run, entries, value: _contains(run, list(entries.values()), value),
    "size": lambda run, entries: len(entries),
    "isEmpty": lambda run, entries: not entries,
    "keySet": lambda run, entries: list(entries),
    "values": lambda run, entries: list(entries.values()),
    "prop": lambda run, entries, key: entries.get(key) if isinstance(key, str) else None,
    "hasProp": lambda run, entries, key: isinstance(key, str) and key in entries,
}
_NUMBER: dict[str, Method] = {
    "intValue": lambda run, number: int(number),
    "longValue": lambda run, number: int(number),
    "doubleValue": lambda run, number: as_number(number),
    "numberValue": lambda run, number: as_number(number),
    "compareTo": _compare,
}
_BOOLEAN: dict[str, Method] = {
    "booleanValue": lambda run, value: value,
    "boolValue": lambda run, value: value,
}
_KINDS: tuple[tuple[tuple[type, ...], dict[str, Method]], ...] = (
    ((bool,), _BOOLEAN), ((str,), _STRING), ((int, Decimal, float), _NUMBER), ((list,), _LIST), ((Mapping,), _MAP),
)  # fmt: skip


def call_method(value: object, name: str, arguments: list[object], run: Run) -> object:
    """Call one of the listed methods; whatever else is asked for is an error."""
    run.charge(4)
    if value is None:
        raise ExpressionEvaluationError(f"Can't call {name}() on null.", hint="Check with != null first.")
    methods = next((methods for kinds, methods in _KINDS if isinstance(value, kinds)), {})
    method = methods.get(name) or _ANY.get(name)
    if method is None and isinstance(value, Mapping) and not arguments and _read_by(name) in value:
        return value[_read_by(name)]
    if method is None:
        names = ", ".join(sorted({*methods, *_ANY}))
        raise ExpressionEvaluationError(
            f"There is no method {name}() on a {type_name(value)}.", hint=f"There are: {names}."
        )
    if len(arguments) not in _arities(method):
        raise ExpressionEvaluationError(f"{name}() takes another number of arguments than {len(arguments)}.")
    if isinstance(value, str):
        run.charge_text(len(value))
    return method(run, value, *arguments)


def _read_by(name: str) -> str:
    """The property that a getter reads: ``getErrorMessage`` reads ``errorMessage`` (JavaBeans, 8.3)."""
    return name[3:4].lower() + name[4:] if name.startswith("get") else ""


def _arities(method: Method) -> range:
    code: Any = method.__code__
    most = code.co_argcount - 2
    defaults: Any = method.__defaults__
    return range(most - len(defaults or ()), most + 1)


def variable_function(name: str, scope: Mapping[str, object], arguments: list[object], run: Run) -> object:
    """Flowable's ``variables:…(name, …)``, which don't mind a missing variable."""
    try:
        value = scope[str(arguments[0])]
    except KeyError:
        value = None
    others = arguments[1:]
    other = others[0] if others else None
    empty = value is None or (isinstance(value, (str, list, Mapping)) and not value)
    match name:
        case "get":
            return value
        case "getOrDefault":
            return other if value is None else value
        case "exists":
            return value is not None
        case "isEmpty" | "empty":
            return empty
        case "isNotEmpty" | "notEmpty":
            return not empty
        case "equals" | "eq":
            return strictly_equal(value, other, run)
        case "notEquals" | "ne":
            return not strictly_equal(value, other, run)
        case "lowerThan" | "lessThan" | "lt":
            return order("<", value, other, run) is True
        case "lowerThanOrEquals" | "lessThanOrEquals" | "lte":
            return order("<=", value, other, run) is True
        case "greaterThan" | "gt":
            return order(">", value, other, run) is True
        case "greaterThanOrEquals" | "gte":
            return order(">=", value, other, run) is True
        case "contains" | "containsAny":
            inside = [(isinstance(value, str) and isinstance(one, str) and one in value)
                      or (isinstance(value, list) and _contains(run, value, one)) for one in others]  # fmt: skip
            return any(inside) if name == "containsAny" else all(inside) and bool(inside)
    raise ExpressionEvaluationError(
        f"There is no function variables:{name}.",
        hint="There are get, getOrDefault, exists, isEmpty, equals, lt, gt, contains …",
    )
