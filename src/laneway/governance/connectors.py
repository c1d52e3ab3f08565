"""What the headers of an element make of what came of its work, as the element templates of connectors write them.

Source: Camunda 8, "How to use connectors": result variable, result expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.expressions import ExpressionError, compile as compile_expression, to_json_value

RESULT_VARIABLE = "resultVariable"
RESULT_EXPRESSION = "resultExpression"


def by_headers(headers: Mapping[str, str], response: Mapping[str, Any]) -> dict[str, Any]:
    """Camunda 8, "Result variable" and "Result expression": the whole response under one name, and what an expression makes of it."""
    variables: dict[str, Any] = {}
    name = headers.get(RESULT_VARIABLE, "").strip()
    if name:
        variables[name] = dict(response)
    text = headers.get(RESULT_EXPRESSION, "").strip()
    if text:
        try:
            made = to_json_value(compile_expression(text).evaluate({**response, "response": response}))
        except ExpressionError:
            made = None
        if isinstance(made, dict):
            variables.update(made)
    return variables
