"""Closures for lists, contexts, loops, functions and calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from laneway.expressions import nodes
from laneway.expressions.builtins import BUILTINS
from laneway.expressions.builtins.registry import Builtin
from laneway.expressions.compiler_core import Closure, CoreCompiler
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.run import ItemLayer, Layer, Run, Scope
from laneway.expressions.temporal import Date, own
from laneway.expressions.types import coerced
from laneway.expressions.values import FeelFunction, Range, is_number, type_name

__all__ = ["CollectionCompiler"]


class CollectionCompiler(CoreCompiler):
    """Nodes that make lists, contexts and functions, or go through them."""

    def missing(self, name: str, scope: Scope, run: Run) -> object:
        builtin = BUILTINS.get(name)
        return builtin.value if builtin is not None else super().missing(name, scope, run)

    def builtin(self, node: nodes.Builtin) -> Closure:
        value = BUILTINS[node.name].value
        return lambda scope, run: value

    def list_literal(self, node: nodes.ListLiteral) -> Closure:
        items = tuple(self.closure(item) for item in node.items)
        return lambda scope, run: [item(scope, run) for item in items]

    def context_literal(self, node: nodes.ContextLiteral) -> Closure:
        entries = tuple((name, self.closure(value)) for name, value in node.entries)

        def context(scope: Scope, run: Run) -> object:
            layer = Layer(scope)
            result: dict[str, object] = {}
            for name, value in entries:
                layer[name] = result[name] = value(layer, run)
            return result

        return context

    def filter(self, node: nodes.Filter) -> Closure:
        """An index, or a condition that each element meets (DMN 1.5, table 68).

        Which of both it is, shows in the value for the first element; an index then is evaluated without it.
        """
        base = self.closure(node.base)
        self.partials_read += _is_partial(node.base)
        if isinstance(node.condition, nodes.Literal) and type(node.condition.value) is int:
            position = node.condition.value

            def element(scope: Scope, run: Run) -> object:
                value = base(scope, run)
                return None if value is None else _element(value if isinstance(value, list) else [value], position, run)

            return element
        functions = self.functions
        with self.measured() as measures:
            condition = self.closure(node.condition)
        cost, captures = measures[0] + 2, self.functions > functions

        def outside(scope: Scope, run: Run) -> object:
            """Evaluate what stands in the brackets by itself, as an index is."""
            quiet, run.warnings = run.warnings, None
            found = condition(scope, run)
            run.warnings = quiet
            return found

        def filtered(scope: Scope, run: Run) -> object:
            value = base(scope, run)
            if value is None:
                return None
            items = value if isinstance(value, list) else [value]
            run.charge(len(items) * cost)
            if not items:
                return None if is_number(outside(scope, run)) else []
            found: list[object] = []
            layer = ItemLayer(scope, items[0])
            for item in items:
                if captures:
                    layer = ItemLayer(scope, item)
                elif type(item) is dict:
                    layer.item = item
                    layer["item"] = item.get("item", item)
                else:
                    layer.show(item)
                outcome = condition(layer, run)
                if outcome is True:
                    found.append(item)
                elif outcome is not False and outcome is not None:
                    index = outside(scope, run) if is_number(outcome) and item is items[0] else None
                    if isinstance(index, (int, Decimal)) and not isinstance(index, bool):
                        return _element(items, index, run)
                    run.warn(f"A filter takes true, false or one number, not {type_name(outcome)}.")
                    return None
            return found

        return filtered

    def loop(self, node: nodes.For) -> Closure:
        functions, partials, partials_read = self.functions, self.partials, self.partials_read
        domains = tuple((iterator.name, self.domain(iterator.domain)) for iterator in node.iterators)
        with self.measured() as measures:
            body = self.closure(node.body)
        cost = measures[0] + 2
        captures, uses_partial = self.functions > functions, self.partials > partials
        # Where nothing can keep the list, it needs no copy that stays as it is.
        keeps_partial = captures or self.partials - partials > self.partials_read - partials_read
        last = len(domains) - 1

        def rounds(level: int, scope: Scope, run: Run, results: list[object]) -> bool:
            name, domain = domains[level]
            items = elements(domain(scope, run), run)
            if items is None:
                return False
            if level == last:
                run.charge_list(len(results) + len(items))
                run.charge(len(items) * cost)
            layer = Layer(scope)
            for item in items:
                if captures:
                    layer = Layer(scope)
                layer[name] = item
                if level < last:
                    run.charge(cost)
                    if not rounds(level + 1, layer, run, results):
                        return False
                    continue
                if keeps_partial and uses_partial:
                    run.charge(len(results))
                    layer["partial"] = results.copy()
                elif uses_partial:
                    layer["partial"] = results
                results.append(body(layer, run))
            return True

        def loop(scope: Scope, run: Run) -> object:
            results: list[object] = []
            return results if rounds(0, scope, run, results) else None

        return loop

    def domain(self, node: nodes.Node) -> Closure:
        """An iterator's domain; a range that is written out may run downwards."""
        if not isinstance(node, nodes.RangeLiteral):
            return self.closure(node)
        start, end = self.closure(node.start), self.closure(node.end)
        start_included, end_included = node.start_included, node.end_included
        return lambda scope, run: Range(start(scope, run), end(scope, run), start_included, end_included)

    def quantified(self, node: nodes.Quantified) -> Closure:
        """``some`` is a disjunction over all combinations, ``every`` a conjunction; both three-valued."""
        functions = self.functions
        domains = tuple((iterator.name, self.domain(iterator.domain)) for iterator in node.iterators)
        with self.measured() as measures:
            condition = self.closure(node.condition)
        cost, decisive, last = measures[0] + 2, node.kind == "some", len(domains) - 1
        captures = self.functions > functions

        def outcomes(level: int, scope: Scope, run: Run) -> bool | None:
            name, domain = domains[level]
            items = elements(domain(scope, run), run)
            if items is None:
                return None
            result: bool | None = not decisive
            layer = Layer(scope)
            for item in items:
                run.charge(cost)
                if captures:
                    layer = Layer(scope)
                layer[name] = item
                outcome = condition(layer, run) if level == last else outcomes(level + 1, layer, run)
                if outcome is decisive:
                    return decisive
                if outcome is not (not decisive):
                    result = None
            return result

        return lambda scope, run: outcomes(0, scope, run)

    def function(self, node: nodes.FunctionLiteral) -> Closure:
        self.functions += 1
        with self.measured() as measures:
            body = self.closure(node.body)
        size, depth = measures[0] + 1, measures[1] + 2
        names = tuple(name for name, _ in node.parameters)
        kinds = tuple(kind for _, kind in node.parameters)
        typed = any(kind is not None for kind in kinds)

        def function(scope: Scope, run: Run) -> object:
            def invoke(run: object, arguments: list[object]) -> object:
                assert isinstance(run, Run)
                layer = Layer(scope)
                if typed:
                    for name, kind, argument in zip(names, kinds, arguments, strict=True):
                        value = argument if kind is None else coerced(argument, kind, run, run.types)
                        if value is None and argument is not None:
                            run.warn(f"The parameter {name} doesn't take what it was given.")
                            return None
                        layer[name] = value
                else:
                    layer.update(zip(names, arguments, strict=True))
                run.charge(size)
                run.enter(depth)
                result = body(layer, run)
                run.leave(depth)
                return result

            return FeelFunction("function", names, invoke, kinds if typed else (), None, node, scope)

        return function

    def call(self, node: nodes.Call) -> Closure:
        arguments = tuple(self.closure(argument) for argument in node.arguments)
        if isinstance(node.function, nodes.Builtin):
            if node.function.name in _READERS:
                self.partials_read += sum(map(_is_partial, node.arguments))
            return self.builtin_call(node, BUILTINS[node.function.name], arguments)
        function, names = self.closure(node.function), node.names
        if isinstance(node.function, nodes.Path):
            said = node.function.name
            hint = f" FEEL doesn't call functions on values: write {said}(value, …)." if said in BUILTINS else ""
        else:
            said, hint = getattr(node.function, "name", "The value"), ""

        def call(scope: Scope, run: Run) -> object:
            called = function(scope, run)
            if not isinstance(called, FeelFunction):
                run.warn(f"{said} is not a function but {type_name(called)}.{hint}")
                return None
            values = [argument(scope, run) for argument in arguments]
            parameters = called.parameters
            if parameters == ("…",):
                if names is None:
                    return called.invoke(run, values)
                builtin = BUILTINS[called.name]
                return builtin.invoke_bound(run, values, builtin.bind(len(values), names, strict=False))
            if names is not None:
                if not set(names) <= set(parameters) or len(set(names)) != len(names):
                    run.warn(f"{said} has the parameters {', '.join(parameters)}.")
                    return None
                given = dict(zip(names, values, strict=True))
                values = [given.get(name) for name in parameters]
            elif len(values) != len(parameters):
                run.warn(f"{said} takes {len(parameters)} arguments, not {len(values)}.")
                return None
            return called.invoke(run, values)

        return call

    def builtin_call(self, node: nodes.Call, builtin: Builtin, arguments: tuple[Closure, ...]) -> Closure:
        bound = builtin.bind(len(arguments), node.names, strict=self.strict)
        if not bound:
            reason = f"{builtin.name} is called as {builtin.usage}"
            if self.strict:
                raise ExpressionSyntaxError(
                    f"Wrong arguments for {builtin.name}",
                    self.text,
                    node.position + 1,
                    "(",
                    "other arguments",
                    reason + ".",
                )

            def unfit(scope: Scope, run: Run) -> object:
                run.warn(reason + ".")
                return None

            return unfit
        if node.names is not None:
            return lambda scope, run: builtin.invoke_bound(run, [argument(scope, run) for argument in arguments], bound)
        overloads = tuple(overload for overload, _ in bound)
        invoke = builtin.invoke
        if len(arguments) == 1:
            only = arguments[0]
            return lambda scope, run: invoke(run, [only(scope, run)], overloads)
        return lambda scope, run: invoke(run, [argument(scope, run) for argument in arguments], overloads)


_READERS = frozenset({"count", "sum", "min", "max", "mean", "list contains", "index of", "reverse", "sublist"})
"""Functions that give no list back that they were given."""


def _is_partial(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "partial" and node.local


def _element(items: list[object], position: int | Decimal, run: Run) -> object:
    """Pick by 1-based position, from the end when negative."""
    index = int(position)
    if index != position or index == 0 or abs(index) > len(items):
        run.warn(f"There is no element {position} in a list of {len(items)}; the first one is 1.")
        return None
    return items[index - 1 if index > 0 else index]


def elements(domain: object, run: Run) -> Sequence[object] | None:
    """List what a loop goes through; null for what can't be listed."""
    if isinstance(domain, list):
        return domain
    if isinstance(domain, Range):
        items = _range_elements(domain, run)
        if items is not None:
            return items
    if domain is None or isinstance(domain, Range):
        run.warn(f"Can't go through {type_name(domain)}: loops take a list, or a range of whole numbers or dates.")
        return None
    return [domain]


def _range_elements(interval: Range, run: Run) -> Sequence[object] | None:
    start, end = own(interval.start), own(interval.end)
    if isinstance(start, Decimal) and start == start.to_integral_value():
        start = int(start)
    if isinstance(end, Decimal) and end == end.to_integral_value():
        end = int(end)
    if isinstance(start, Date) and isinstance(end, Date):
        days = _range_elements(Range(start.days, end.days, interval.start_included, interval.end_included), run)
        return None if days is None else [Date.of_days(day) for day in _integers(days)]
    if type(start) is not int or type(end) is not int:
        return None
    step = 1 if start <= end else -1
    first = start if interval.start_included else start + step
    last = end if interval.end_included else end - step
    run.charge_list(max(0, (last - first) * step + 1))
    return range(first, last + step, step)


def _integers(values: Iterable[object]) -> Iterable[int]:
    return (value for value in values if isinstance(value, int))
