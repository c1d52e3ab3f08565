"""The methods that JUEL may call: these and no others, on values of these kinds.

Names and meaning are those of Java's String, List, Map, Boolean, BigDecimal and date classes, and of the JSON objects of Camunda
Spin, as far as diagrams use them; ``docs/reference/juel.md`` lists them with examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.juel_dates import MOMENT, moment_of
from laneway.expressions.juel_numbers import NUMBER, compared, index_of
from laneway.expressions.juel_values import same, text_in_juel
from laneway.expressions.patterns import find_all, pattern_of, replaced
from laneway.expressions.run import Run
from laneway.expressions.values import type_name

__all__ = ["GETTERS", "METHODS", "arity_of", "call_method", "property_getter"]

Method = Callable[..., object]


def _substring(run: Run, text: str, start: object, end: object = None) -> str:
    first, last = index_of(start), len(text) if end is None else index_of(end)
    if not 0 <= first <= last <= len(text):
        raise ExpressionEvaluationError(f"There is no substring from {first} to {last} of {len(text)} characters.")
    return text[first:last]


def _char_at(run: Run, text: str, position: object) -> str:
    index = index_of(position)
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


def _replace_first(run: Run, text: str, pattern: object, replacement: object) -> str:
    match = next(find_all(_pattern(run, pattern), text, run), None)
    if match is None:
        return text
    return text[: match.start()] + _replace_all(run, match[0], pattern, replacement) + text[match.end() :]


def _split(run: Run, text: str, pattern: object, limit: object = 0) -> list[object]:
    """As Java: no more than ``limit`` pieces where it is positive, and empty ones at the end are dropped where it is 0."""
    most = index_of(limit)
    pieces: list[object] = []
    end = 0
    for match in find_all(_pattern(run, pattern), text, run):
        if most > 0 and len(pieces) == most - 1:
            break
        if match.end() == 0 or match.start() == match.end() == len(text):
            continue
        pieces.append(text[end : match.start()])
        end = match.end()
    pieces.append(text[end:])
    while not most and len(pieces) > 1 and pieces[-1] == "":
        pieces.pop()
    return pieces


def _concat(run: Run, text: str, other: object) -> str:
    run.charge_text(len(text) + len(_text(other)))
    return text + _text(other)


def _compare_folded(run: Run, text: str, other: object) -> int:
    a, b = text.casefold(), _text(other).casefold()
    return (a > b) - (a < b)


def _repeat(run: Run, text: str, times: object) -> str:
    count = index_of(times)
    if count < 0:
        raise ExpressionEvaluationError("A text can't be repeated less than 0 times.")
    run.charge_text(len(text) * count)
    return text * count


def _find(run: Run, text: str, part: object, start: object = 0) -> int:
    return text.find(_text(part), max(0, index_of(start)))


def _find_last(run: Run, text: str, part: object) -> int:
    return text.rfind(_text(part))


def _starts(run: Run, text: str, part: object, start: object = 0) -> bool:
    return text.startswith(_text(part), max(0, index_of(start)))


def _matches(run: Run, text: str, pattern: object) -> bool:
    return any(True for _ in find_all(_pattern(run, pattern, whole=True), text, run))


def _get(run: Run, items: list[object], position: object) -> object:
    index = index_of(position)
    if not 0 <= index < len(items):
        raise ExpressionEvaluationError(f"There is no element {index} in a list of {len(items)}; the first one is 0.")
    return items[index]


def _contains(run: Run, items: list[object], value: object) -> bool:
    run.charge(len(items))
    return any(same(item, value, run) for item in items)


def _position(run: Run, items: list[object], value: object) -> int:
    run.charge(len(items))
    return next((index for index, item in enumerate(items) if same(item, value, run)), -1)


def _last_position(run: Run, items: list[object], value: object) -> int:
    run.charge(len(items))
    return next((index for index in range(len(items) - 1, -1, -1) if same(items[index], value, run)), -1)


def _contains_all(run: Run, items: list[object], others: object) -> bool:
    if not isinstance(others, list):
        raise ExpressionEvaluationError(f"A list is needed, not a {type_name(others)}.")
    return all(_contains(run, items, other) for other in others)


def _sub_list(run: Run, items: list[object], start: object, end: object) -> list[object]:
    first, last = index_of(start), index_of(end)
    if not 0 <= first <= last <= len(items):
        raise ExpressionEvaluationError(f"There is no part from {first} to {last} of a list of {len(items)}.")
    run.charge_list(last - first)
    return items[first:last]


def _end(which: int) -> Method:
    def element(run: Run, items: list[object]) -> object:
        if not items:
            raise ExpressionEvaluationError("The list is empty.", hint="Check isEmpty() first.")
        return items[which]

    return element


def _property(run: Run, entries: Mapping[str, object], name: object) -> object:
    """Spin's ``prop``, which wants the property to be there."""
    if not isinstance(name, str) or name not in entries:
        raise ExpressionEvaluationError(f"There is no property {name}.", hint="Check with hasProp() first.")
    return entries[name]


_STEP = re.compile(r"\.([\w$-]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d{1,9}))\]")


def _json_path(run: Run, value: object, path: object) -> object:
    """Spin's ``jsonPath("$.a.b[0]").element()``: names and positions only."""
    text = _text(path)
    position = 1
    run.charge(len(text))
    while text[:1] == "$" and position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            break
        name = step[1] or step[2] or step[3]
        if step[4] is not None and isinstance(value, list) and int(step[4]) < len(value):
            value = value[int(step[4])]
        elif step[4] is None and isinstance(value, Mapping) and name in value:
            value = value[name]
        else:
            raise ExpressionEvaluationError(f"There is nothing at {text[: step.end()]}.")
        position = step.end()
    if text[:1] != "$" or position < len(text):
        raise ExpressionEvaluationError(
            f"The path {text[:60]} can't be read.", hint="Paths have names and positions, as in $.order.items[0]."
        )
    return value


_ANY: dict[str, Method] = {
    "equals": lambda run, value, other: same(value, other, run),
    "toString": lambda run, value: text_in_juel(value, run),
    "value": lambda run, value: value,
    "element": lambda run, value: value,
    "jsonPath": _json_path,
    "isString": lambda run, value: isinstance(value, str),
    "isNumber": lambda run, value: isinstance(value, (int, Decimal, float)) and not isinstance(value, bool),
    "isBoolean": lambda run, value: isinstance(value, bool),
    "isNull": lambda run, value: value is None,
    "isArray": lambda run, value: isinstance(value, list),
    "isObject": lambda run, value: isinstance(value, Mapping),
    "isValue": lambda run, value: not isinstance(value, (list, Mapping)),
}
_STRING: dict[str, Method] = {
    "contains": lambda run, text, part: _text(part) in text,
    "startsWith": _starts,
    "endsWith": lambda run, text, part: text.endswith(_text(part)),
    "equalsIgnoreCase": lambda run, text, other: isinstance(other, str) and text.casefold() == other.casefold(),
    "length": lambda run, text: len(text),
    "isEmpty": lambda run, text: not text,
    "isBlank": lambda run, text: not text.strip(),
    "toLowerCase": lambda run, text: text.lower(),
    "toUpperCase": lambda run, text: text.upper(),
    "trim": lambda run, text: text.strip("".join(map(chr, range(33)))),
    "strip": lambda run, text: text.strip(),
    "substring": _substring,
    "charAt": _char_at,
    "indexOf": _find,
    "lastIndexOf": _find_last,
    "replace": _replace,
    "replaceAll": _replace_all,
    "replaceFirst": _replace_first,
    "split": _split,
    "concat": _concat,
    "repeat": _repeat,
    "matches": _matches,
    "compareTo": compared,
    "compareToIgnoreCase": _compare_folded,
    "stringValue": lambda run, text: text,
}
_LIST: dict[str, Method] = {
    "size": lambda run, items: len(items),
    "isEmpty": lambda run, items: not items,
    "contains": _contains,
    "containsAll": _contains_all,
    "get": _get,
    "getFirst": _end(0),
    "getLast": _end(-1),
    "indexOf": _position,
    "lastIndexOf": _last_position,
    "subList": _sub_list,
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
    "fieldNames": lambda run, entries: list(entries),
    "values": lambda run, entries: list(entries.values()),
    "entrySet": lambda run, entries: [{"key": key, "value": value} for key, value in entries.items()],
    "prop": _property,
    "hasProp": lambda run, entries, key: isinstance(key, str) and key in entries,
}
_BOOLEAN: dict[str, Method] = {
    "booleanValue": lambda run, value: value,
    "boolValue": lambda run, value: value,
}
_KINDS: tuple[tuple[str, tuple[type, ...], dict[str, Method]], ...] = (
    ("boolean", (bool,), _BOOLEAN), ("text", (str,), _STRING), ("number", (int, Decimal, float), NUMBER),
    ("list", (list,), _LIST), ("map", (Mapping,), _MAP), ("date", (date,), MOMENT),
)  # fmt: skip

METHODS: dict[str, dict[str, Method]] = {"any value": _ANY, **{kind: methods for kind, _, methods in _KINDS}}
"""All methods by the kind of value that has them."""

GETTERS = re.compile(r"(?:get|is)[A-Z]\w*")
"""Methods without arguments that read an entry of a map: ``getErrorMessage()`` reads ``errorMessage`` (JavaBeans, 8.3)."""


def call_method(value: object, name: str, arguments: list[object], run: Run) -> object:
    """Call one of the listed methods; whatever else is asked for is an error."""
    run.charge(4)
    if value is None:
        if name == "isNull" and not arguments:
            return True
        raise ExpressionEvaluationError(f"Can't call {name}() on null.", hint="Check with != null first.")
    methods = next((methods for _, kinds, methods in _KINDS if isinstance(value, kinds)), {})
    method = methods.get(name)
    if method is None and isinstance(value, str) and name in MOMENT and moment_of(value) is not None:
        value, method = moment_of(value), MOMENT[name]
    if method is None and isinstance(value, Mapping) and not arguments and GETTERS.fullmatch(name):
        entry = _read_by(name)
        if entry in value:
            return value[entry]
    method = method or _ANY.get(name)
    if method is None:
        raise ExpressionEvaluationError(
            f"There is no method {name}() on a {type_name(value)}.", hint=f"There are: {', '.join(sorted(methods))}."
        )
    if len(arguments) not in _arities(method):
        raise ExpressionEvaluationError(f"{name}() takes another number of arguments than {len(arguments)}.")
    if isinstance(value, str):
        run.charge_text(len(value))
    elif isinstance(value, Mapping):
        run.charge(len(value) >> 2)
    return method(run, value, *arguments)


def property_getter(value: object, name: str) -> Method | None:
    """The method behind ``date.time`` and ``text.empty``: ``getTime``, ``isEmpty`` (JavaBeans, 8.3)."""
    methods = next((methods for _, kinds, methods in _KINDS if isinstance(value, kinds)), {})
    capital = name[:1].upper() + name[1:]
    method = methods.get(f"get{capital}") or methods.get(f"is{capital}")
    return method if method is not None and 0 in _arities(method) else None


def _read_by(name: str) -> str:
    start = 3 if name.startswith("get") else 2
    return name[start : start + 1].lower() + name[start + 1 :]


def _arities(method: Method) -> range:
    code: Any = method.__code__
    most = code.co_argcount - 2
    defaults: Any = method.__defaults__
    return range(most - len(defaults or ()), most + 1)


def arity_of(name: str) -> set[int]:
    """Numbers of arguments that a method of this name takes on some kind of value; empty for one that nothing has."""
    return {count for methods in METHODS.values() if name in methods for count in _arities(methods[name])}
