"""Task ``recommend``: rules first, then the option nearest to the text. A person decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from laneway.agents.local_labels import alternatives_as_json, choose, read_labels
from laneway.agents.local_task import CannotDo, Settings, Tools, decimal, text_of
from laneway.agents.templating import is_empty, lookup
from laneway.domain.contract import AgentCompleted, AgentRequest

_TESTS = ("equals", "at_least", "at_most", "one_of", "present")


@dataclass(frozen=True, slots=True)
class _Rule:
    field: str
    test: str
    against: Any
    option: str
    because: str

    def holds(self, input: Mapping[str, Any]) -> bool:
        value = lookup(input, self.field)
        if self.test == "present":
            return is_empty(value) is not self.against
        if self.test == "equals":
            return bool(value == self.against)
        if self.test == "one_of":
            return value in self.against
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return False
        number = Decimal(str(value))
        limit = Decimal(str(self.against))
        return number >= limit if self.test == "at_least" else number <= limit


class Recommend:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "text rules options field")
        self._fields = settings.texts("text")
        self._field = settings.text("field", "recommendation")
        rules = settings.get("rules") or []
        if not isinstance(rules, list | tuple):
            raise ValueError("`rules` must be a list")
        self._rules = tuple(_rule(number, entry) for number, entry in enumerate(rules))
        self._options = read_labels(settings.mapping("options"), "options") if settings.has("options") else ()
        if not self._rules and not self._options:
            raise ValueError("write `rules`, `options`, or both")

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        for rule in self._rules:
            if rule.holds(request.input):
                return self._said(rule.option, 1.0, rule.because, [], "rules", "declared rule (no model)")
        text = text_of(request, self._fields)
        if not self._options or not text:
            raise CannotDo("no rule holds, and there is no option or no text to choose by")
        similarity = tools.similarity()
        choice = choose(text, self._options, similarity)
        alternatives = alternatives_as_json(choice)
        method = f"{similarity.method}: option nearest to the text"
        return self._said(choice.label, choice.confidence, choice.because, alternatives, similarity.model, method)

    def _said(
        self, option: str, confidence: float, because: str, alternatives: list[dict[str, Any]], model: str, method: str
    ) -> AgentCompleted:
        rounded = decimal(confidence)
        output = {self._field: option, "because": because, "confidence": rounded, "alternatives": alternatives}
        return AgentCompleted(output, float(rounded), because, model, method)


def _rule(number: int, entry: Any) -> _Rule:
    where = f"rules[{number}]"
    if not isinstance(entry, Mapping):
        raise ValueError(f"`{where}` must hold when, option, because")
    settings = Settings(entry, "when option because", f"{where}: ")
    when = Settings(settings.mapping("when"), "field " + " ".join(_TESTS), f"{where}.when: ")
    tests = [test for test in _TESTS if when.has(test)]
    if len(tests) != 1:
        raise ValueError(f"`{where}.when` needs exactly one of {', '.join(_TESTS)}")
    test, against = tests[0], when.get(tests[0])
    if test in ("at_least", "at_most") and (
        isinstance(against, bool) or not isinstance(against, int | float | Decimal)
    ):
        raise ValueError(f"`{where}.when.{test}` must be a number")
    if test == "one_of" and not isinstance(against, list | tuple):
        raise ValueError(f"`{where}.when.one_of` must be a list")
    if test == "present" and not isinstance(against, bool):
        raise ValueError(f"`{where}.when.present` must be true or false")
    option = settings.text("option")
    return _Rule(when.text("field"), test, against, option, settings.text("because", f"rule {number + 1}"))
