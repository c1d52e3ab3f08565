"""FEEL 1.5 (DMN 1.5, chapter 10) as a library of its own; the whole language is in docs/reference/feel.md.

>>> evaluate("a + 1", {"a": 1})
2
>>> evaluate("monthly income * 12", {"monthly income": 1000})
12000
>>> evaluate("for i in 1..3 return i ** 2")
[1, 4, 9]
>>> evaluate('@"2024-01-31" + @"P1M"')
datetime.date(2024, 2, 29)

A cell of a decision table, and its input:

>>> unary_test("[18..65], > 99", 40)
True

What fails gives None, and says why to whoever asks:

>>> warnings: list[str] = []
>>> evaluate("1 / 0", warnings=warnings) is None
True
>>> warnings[0]
'Division by zero.'

A text that can't be read is an error with its column:

>>> evaluate("1 + ")
Traceback (most recent call last):
laneway.expressions.errors.ExpressionSyntaxError: ...

Compile once what is evaluated often; an expression keeps no state:

>>> adult = compile_expression("age >= 18")
>>> [adult.evaluate({"age": age}) for age in (17, 18)]
[False, True]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice

from laneway.expressions.at_once import at_once
from laneway.expressions.builtins import BUILTINS
from laneway.expressions.compiler import compile_feel
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.expression import Expression
from laneway.expressions.parser import parse, parse_unary_tests
from laneway.expressions.randomness import Seed

__all__ = ["compile_expression", "evaluate", "unary_test"]


def compile_expression(
    text: str,
    *,
    unary: bool = False,
    known_names: Iterable[str] | None = None,
    written: str | None = None,
    strict: bool | None = None,
    members: Iterable[str] = (),
    domain: bool = False,
) -> Expression:
    """Compile FEEL without its leading ``=``.

    Parameters
    ----------
    text
        The expression alone.
    unary
        Read a cell of a decision table.
    known_names
        Names in scope where they are known (a decision's inputs): they may hold spaces and operators.
    written
        The text as it stands in the diagram, which errors quote; it ends with ``text``.
    strict
        A call that can't succeed is an error, and not null with a warning as DMN has it. Default: where names are
        not known.
    members
        Keys of contexts and components of types where they are known: after a dot and in filters they may hold spaces
        and operators.
    domain
        It is what a loop goes through, where ``1..5`` may stand without brackets.
    """
    strict = known_names is None if strict is None else strict
    try:
        if unary:
            parsed = parse_unary_tests(text, known_names, BUILTINS, strict=strict, members=members)
        else:
            parsed = parse(text, known_names, BUILTINS, strict=strict, members=members, domain=domain)
        closure = compile_feel(parsed.root, text, strict=strict)
    except ExpressionSyntaxError as error:
        if written is None or written == text:
            raise
        column = (error.column or 1) + len(written) - len(text)
        raise ExpressionSyntaxError(error.reason, written, column, error.found, error.expected, error.hint) from None
    except RecursionError:
        raise ExpressionSyntaxError("The expression is nested too deeply", written or text, 1) from None
    names = parsed.names | parsed.optional_names
    constant = not names and not parsed.functions & _CHANGING
    quick = None if unary else at_once(parsed.root)
    return Expression(written or text, "FEEL", names, constant, closure, parsed.optional_names, quick)


_CHANGING = frozenset({"now", "today", "uuid", "random number"})
"""Functions that give something else each time."""


def evaluate(
    text: str,
    context: Mapping[str, object] | None = None,
    now: datetime | None = None,
    warnings: list[str] | None = None,
    *,
    seconds: float | None = None,
    seed: Seed = None,
) -> object:
    """Evaluate an expression; the names in ``context`` may hold spaces and operators.

    ``now()`` is the clock's unless ``now`` says otherwise. It ends after a number of steps in any case
    (``limits.MAX_STEPS``), and after ``seconds`` where they are given. The same ``seed``, an int or text, gives the same
    random values.
    """
    context = context or {}
    return compile_expression(text, known_names=context, members=_keys_within(context)).evaluate(
        context, now or datetime.now(UTC), warnings, seconds=seconds, seed=seed
    )


def unary_test(
    text: str,
    value: object,
    context: Mapping[str, object] | None = None,
    now: datetime | None = None,
    warnings: list[str] | None = None,
    *,
    seconds: float | None = None,
    seed: Seed = None,
) -> bool:
    """Say whether a value fits the text of a decision table's cell; ``seconds`` and ``seed`` are as in ``evaluate``."""
    context = context or {}
    return compile_expression(text, unary=True, known_names=context, members=_keys_within(context)).evaluate_test(
        value, context, now or datetime.now(UTC), warnings, seconds=seconds, seed=seed
    )


_LOOKED_AT = 1_000
"""Values looked at for keys that aren't plain words: enough for what people write by hand."""


def _keys_within(context: Mapping[str, object]) -> set[str]:
    """Find the keys of the values in scope that only make sense as a whole, such as ``order-id``."""
    found: set[str] = set()
    waiting: list[object] = list(islice(context.values(), _LOOKED_AT))
    for _ in range(_LOOKED_AT):
        if not waiting:
            break
        value = waiting.pop()
        if isinstance(value, Mapping):
            some = list(islice(value.items(), _LOOKED_AT))
            found.update(key for key, _ in some if isinstance(key, str) and not key.isidentifier())
            waiting.extend(inner for _, inner in some if isinstance(inner, (Mapping, list)))
        elif isinstance(value, list):
            waiting.extend(inner for inner in value[:20] if isinstance(inner, (Mapping, list)))
    return found
