"""``range(from)``: a range read from its text (DMN 1.5, 10.3.4.1, table 72).

Its ends are literals: numbers, strings, ``@"…"``, or calls of ``date``, ``time``, ``date and time`` and ``duration`` with a
string. One end may be left out, after a round bracket, and is open to infinity then (rule 66).
"""

from __future__ import annotations

from laneway.expressions import nodes
from laneway.expressions.builtins.registry import BUILTINS, UNFIT, builtin
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.operators import is_end, range_of
from laneway.expressions.parser import parse
from laneway.expressions.run import Run
from laneway.expressions.values import Range

__all__: list[str] = []

_MAX_LENGTH = 1_000
_FUNCTIONS = frozenset({"date", "time", "date and time", "duration"})


@builtin("range(from: string)")
def range_from(run: Run, text: str) -> object:
    text = text.strip()
    run.charge_text(20 * len(text))
    if len(text) > _MAX_LENGTH or len(text) < 4 or text[0] not in "[(]" or text[-1] not in "])[":
        return UNFIT
    ends = _ends(text[1:-1])
    if ends is None:
        return UNFIT
    values = [None if end == "" else _literal(end, run) for end in ends]
    start, end = values
    start_included, end_included = text[0] == "[", text[-1] == "]"
    if any(value is None and written for value, written in zip(values, ends, strict=True)) or start is end is None:
        return UNFIT
    if start is not None and end is not None:
        return range_of(start, end, start_included, end_included, run)
    if (start is None and start_included) or (end is None and end_included):
        run.warn("range: an end that is left out is not included: write (..3] or [2..).")
        return None
    if not is_end(start if end is None else end, run):
        return None
    if start is None:
        return Range(None, end, False, end_included, start_unbounded=True)
    return Range(start, None, start_included, False, end_unbounded=True)


def _ends(inner: str) -> tuple[str, str] | None:
    """Split at the ``..`` that stands outside of strings; None unless there is exactly one."""
    quoted = False
    found: int | None = None
    index = 0
    while index < len(inner):
        if inner[index] == "\\" and quoted:
            index += 1
        elif inner[index] == '"':
            quoted = not quoted
        elif not quoted and inner.startswith("..", index):
            if found is not None:
                return None
            found = index
            index += 1
        index += 1
    return None if found is None else (inner[:found].strip(), inner[found + 2 :].strip())


def _literal(text: str, run: Run) -> object:
    """Read one end; null for everything that isn't a literal."""
    try:
        node = parse(text, (), BUILTINS).root
    except (ExpressionSyntaxError, RecursionError):
        return None
    if isinstance(node, nodes.Literal):
        return node.value
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Builtin) and node.names is None:
        called = BUILTINS[node.function.name]
        arguments = [argument.value for argument in node.arguments if isinstance(argument, nodes.Literal)]
        if called.name in _FUNCTIONS and len(arguments) == len(node.arguments) == 1:
            return called.value.invoke(run, arguments)
    return None
