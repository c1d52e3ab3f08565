"""Built-in functions by name: how one is declared, found and called.

A function is declared by its FEEL signature, ``@builtin("substring(string: string, start position: number, length?: number)")``.
The registry checks and converts arguments as DMN 1.5, 10.3.2.9.4 says (a list of one for its element, a single value for a list);
what doesn't fit is null with a warning. ``?`` after a name marks an optional parameter, after a type one that may be null;
``*`` before the name takes all remaining arguments as one list. An ``integer`` is a number whose fraction is cut
(the tables' notes want scale 0; the implementations in use agree on cutting), a ``point`` a value
that ranges are made of, ``each`` of all remaining arguments stands for the only element of a list as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from laneway.expressions.run import Run
from laneway.expressions.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration, own
from laneway.expressions.temporal.arithmetic import midnight
from laneway.expressions.values import INTEGER_LIMIT, FeelFunction, Range, normalise_number, type_name

__all__ = ["BUILTINS", "UNFIT", "Builtin", "builtin"]

UNFIT = object()
"""A function gives this to say that its arguments don't fit it; the next signature is tried."""

_CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "list": (list,),
    "context": (Mapping,),
    "date": (Date,),
    "time": (Time,),
    "datetime": (DateTime,),
    "duration": (DayTimeDuration,),
    "months": (YearMonthDuration,),
    "range": (Range,),
    "function": (FeelFunction,),
}

_NO_POINTS = (bool, list, tuple, Mapping, Range, FeelFunction)
"""What has no place on a line: everything else can be before or after another value of its kind."""

_QUICK: dict[str, type] = {"string": str, "boolean": bool, "list": list, "context": dict}

_TAKE_WHOLE_NUMBERS = frozenset({"number", "integer", "any", "each"})


class _Nothing:
    """A type that no argument has."""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    optional: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Overload:
    parameters: tuple[Parameter, ...]
    variadic: bool
    function: Callable[..., object]
    signature: str
    quick: tuple[tuple[type, Parameter], ...] = ()
    """With each parameter the type whose values it takes as they are."""

    def accepts(self, count: int) -> bool:
        if self.variadic:
            return count >= len(self.parameters)
        required = sum(not parameter.optional for parameter in self.parameters)
        return required <= count <= len(self.parameters)

    def call(self, run: Run, arguments: Sequence[object]) -> object:
        parameters = self.parameters
        if self.variadic:
            fixed = len(parameters) - 1
            rest = list(arguments[fixed:])
            if parameters[fixed].kind == "each":
                rest = [item[0] if isinstance(item, list) and len(item) == 1 else item for item in rest]
            arguments = [*arguments[:fixed], rest]
        values: list[object] = []
        for (kind, parameter), argument in zip(self.quick, arguments, strict=False):
            if type(argument) is kind:
                values.append(argument)
                continue
            value = _fit(argument, parameter.kind)
            if value is UNFIT and not (argument is None and (parameter.nullable or parameter.optional)):
                return UNFIT
            values.append(None if value is UNFIT else value)
        if len(values) < len(parameters):
            values.extend([None] * (len(parameters) - len(values)))
        return self.function(run, *values)


def _fit(value: object, kind: str) -> object:
    """Convert an argument to what a parameter takes, or give UNFIT."""
    if type(value) is int and kind in _TAKE_WHOLE_NUMBERS and -INTEGER_LIMIT < value < INTEGER_LIMIT:
        return value
    if kind == "any" or kind == "each":
        return own(value)
    if isinstance(value, list) and kind != "list":
        if len(value) != 1:
            return UNFIT
        value = value[0]
    if value is None:
        return UNFIT
    if kind in ("number", "integer"):
        if isinstance(value, (int, Decimal, float)) and not isinstance(value, bool):
            number = normalise_number(value)
            if number is None or kind == "number":
                return UNFIT if number is None else number
            return int(max(-INTEGER_LIMIT, min(INTEGER_LIMIT, number)))  # no position lies farther out
        return UNFIT
    value = own(value)
    if kind == "point":
        return UNFIT if isinstance(value, _NO_POINTS) else value
    if isinstance(value, _CLASSES[kind]):
        return value
    if kind == "datetime" and isinstance(value, Date):
        return midnight(value)
    return [value] if kind == "list" else UNFIT


_INNER_WORDS = re.compile(r"\*(\w+): \w+")


@dataclass(slots=True)
class Builtin:
    """A built-in function: one name, one or more signatures that are tried in order."""

    name: str
    overloads: tuple[Overload, ...] = ()
    value: FeelFunction = field(init=False)

    def __post_init__(self) -> None:
        self.value = FeelFunction(self.name, ("…",), self._as_value)

    def _as_value(self, run: Any, arguments: list[object]) -> object:
        """Call it where it was handed over as a value, as in ``sort(list, max)``."""
        return self.invoke(run, arguments, tuple(one for one in self.overloads if one.accepts(len(arguments))))

    @property
    def usage(self) -> str:
        return _INNER_WORDS.sub(r"\1…", " or ".join(overload.signature for overload in self.overloads))

    def bind(self, count: int, names: tuple[str, ...] | None, *, strict: bool = True) -> tuple[Bound, ...]:
        """Choose the signatures that a call can mean; none if no signature fits.

        Parameters
        ----------
        strict
            Named arguments must be complete; otherwise those that are missing are null (DMN 1.5, 10.3.2.13.5).
        """
        if names is None:
            return tuple((overload, None) for overload in self.overloads if overload.accepts(count))
        given = set(names)
        if len(given) != len(names):
            return ()
        complete: list[Bound] = []
        partial: list[Bound] = []
        for overload in self.overloads:
            declared = [parameter.name for parameter in overload.parameters]
            if overload.variadic and not given <= set(declared):
                if len(declared) == 1 and (counted := _counted(declared[0], names)) is not None:
                    complete.append((overload, counted))
                continue
            if given <= set(declared):
                required = {parameter.name for parameter in overload.parameters if not parameter.optional}
                positions = tuple(names.index(name) if name in given else -1 for name in declared)
                (complete if required <= given else partial).append((overload, positions))
        # before(point, range) and before(range, point) have the same names: the order they were written in decides.
        complete.sort(key=lambda bound: bound[1] != tuple(range(count)))
        return tuple(complete or (() if strict else partial))

    def invoke_bound(self, run: Run, arguments: list[object], bound: tuple[Bound, ...]) -> object:
        """Call it with arguments in the order in which their names were written."""
        run.charge(2 + len(arguments))
        for overload, positions in bound:
            assert positions is not None
            result = overload.call(run, [arguments[index] if index >= 0 else None for index in positions])
            if result is not UNFIT:
                return result
        self._unfit(run, arguments)
        return None

    def invoke(self, run: Run, arguments: list[object], overloads: tuple[Overload, ...]) -> object:
        run.steps -= 2
        if run.steps < 0:
            run.exhausted()
        for overload in overloads:
            result = overload.call(run, arguments)
            if result is not UNFIT:
                return result
        self._unfit(run, arguments)
        return None

    def _unfit(self, run: Run, arguments: list[object]) -> None:
        if run.warnings is not None:
            kinds = ", ".join(type_name(argument) for argument in arguments)
            run.warn(f"{self.name} doesn't take ({kinds}); it is called as {self.usage}.")


def _counted(stem: str, names: tuple[str, ...]) -> tuple[int, ...] | None:
    """Put the arguments of ``min(c1, …, cN)`` in order, which the standard names so (DMN 1.5, 10.3.4.4)."""
    wanted = tuple(f"{stem}{number}" for number in range(1, len(names) + 1))
    return tuple(names.index(name) for name in wanted) if set(wanted) == set(names) else None


Bound = tuple[Overload, "tuple[int, ...] | None"]
"""A signature and, for named arguments, which of them goes to each parameter (-1: none)."""


BUILTINS: dict[str, Builtin] = {}


def builtin(signature: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Register a function under its FEEL signature."""
    name, _, rest = signature.partition("(")
    parameters: list[Parameter] = []
    variadic = False
    for piece in filter(None, (part.strip() for part in rest.rstrip(")").split(","))):
        label, _, kind = (half.strip() for half in piece.partition(":"))
        if label.startswith("*"):
            variadic, label = True, label[1:]
        parameters.append(Parameter(label.rstrip("?"), kind.rstrip("?"), label.endswith("?"), kind.endswith("?")))

    def register(function: Callable[..., object]) -> Callable[..., object]:
        entry = BUILTINS.setdefault(name, Builtin(name))
        quick = tuple((_QUICK.get(parameter.kind, _Nothing), parameter) for parameter in parameters)
        overload = Overload(tuple(parameters), variadic, function, signature, quick)
        # One list as the only argument is that list, so signatures with any number of arguments come last.
        entry.overloads = tuple(sorted((*entry.overloads, overload), key=lambda one: one.variadic))
        return function

    return register
