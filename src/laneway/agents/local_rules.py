"""Task ``rules``: values computed by declared FEEL expressions, each of which sees the input and those before it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from laneway.agents.local_task import CannotDo, Settings, Tools
from laneway.domain.contract import AgentCompleted, AgentRequest
from laneway.expressions import Expression, ExpressionError, compile as compile_expression, to_json_value

SECONDS = 5.0


class Rules:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "fields because")
        self._fields = {str(name): _expression(name, text) for name, text in settings.mapping("fields").items()}
        self._because = settings.text("because", "by declared rules")

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        # What the schema names and the input has not is null to a rule, not an unknown name.
        declared = request.contract.input_schema.get("properties")
        scope: dict[str, Any] = dict.fromkeys(declared) if isinstance(declared, Mapping) else {}
        scope.update(request.input)
        output: dict[str, Any] = {}
        for name, expression in self._fields.items():
            try:
                value = to_json_value(expression.evaluate(scope, tools.now, seconds=SECONDS))
            except ExpressionError as fault:
                raise CannotDo(f"the rule {name!r} cannot be computed: {fault}") from None
            scope[name] = output[name] = value
        confidence = output.get("confidence", 1)
        sure = float(confidence) if isinstance(confidence, int | float | Decimal) else 0.0
        return AgentCompleted(output, sure, self._because, "rules", "declared FEEL rules (no model)")


def _expression(name: Any, text: Any) -> Expression:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"`fields.{name}` must be a FEEL expression")
    try:
        return compile_expression(text if text.startswith("=") else f"={text}")
    except ExpressionError as fault:
        raise ValueError(f"`fields.{name}` is no FEEL expression: {fault}") from None
