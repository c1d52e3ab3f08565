"""EvaluateExpression: what a text gives over variables, for people who write diagrams. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.commands.context import Context, EvaluatedExpression
from laneway.domain.errors import InvalidInput
from laneway.domain.work import Actor

LONGEST_EXPRESSION = 20_000


def evaluate_expression(
    context: Context, expression: str, variables: Mapping[str, Any], *, actor: Actor
) -> EvaluatedExpression:
    from laneway.expressions import ExpressionError, compile, to_json_value

    if len(expression) > LONGEST_EXPRESSION:
        raise InvalidInput("expression_invalid", f"An expression has at most {LONGEST_EXPRESSION:,} characters")
    warnings: list[str] = []
    with context.store.read() as uow:
        now = uow.now
    try:
        compiled = compile(expression)
        if compiled.language == "PYTHON":
            raise InvalidInput("expression_invalid", "Scripts in Python are run by script tasks only; write FEEL (= …)")
        result = to_json_value(compiled.evaluate(variables, now, warnings))
    except ExpressionError as error:
        facts = {"column": error.column, "hint": error.hint}
        raise InvalidInput("expression_invalid", str(error), facts) from error
    return EvaluatedExpression(expression, result, tuple(warnings))
