"""Task ``extract``: fields by declared rules: a built-in kind, a pattern that runs in linear time, or keywords."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from laneway.agents.local_kinds import KINDS, Found
from laneway.agents.local_task import CannotDo, Settings, Tools, decimal, text_of
from laneway.agents.local_words import found_phrases
from laneway.domain.contract import AgentCompleted, AgentRequest

MAX_VALUES = 100


@dataclass(frozen=True, slots=True)
class Extracted:
    output: dict[str, Any]
    confidence: float
    because: str


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    find: Callable[[str], Found]
    all: bool
    required: bool


class FieldRules:
    """The part of a config with ``fields`` and ``into``."""

    def __init__(self, config: Mapping[str, Any], where: str = "") -> None:
        settings = Settings(config, "fields into", where)
        self._into = settings.text("into") if settings.has("into") else None
        self._rules = tuple(_rule(name, entry) for name, entry in settings.mapping("fields").items())

    def apply(self, text: str) -> Extracted:
        values: dict[str, Any] = {}
        missing: list[str] = []
        said: list[str] = []
        for rule in self._rules:
            found = rule.find(text)[:MAX_VALUES]
            if rule.all:
                values[rule.name] = list(dict.fromkeys(value for value, _ in found))
            else:
                values[rule.name] = found[0][0] if found else None
            if not found and rule.required:
                missing.append(rule.name)
            # Where, not what: the record of a decision outlives the customer's data.
            said += [f"{rule.name} at character {text.find(evidence)}" for _, evidence in found[:1] if evidence in text]
        required = sum(rule.required for rule in self._rules)
        confidence = 1.0 - len(missing) / required if required else 1.0
        output = {self._into: values} if self._into else values
        return Extracted({**output, "missing": missing}, confidence, "; ".join(said) or "by rules")


class Extract:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "text fields into")
        self._fields = settings.texts("text")
        self._rules = FieldRules({key: config[key] for key in ("fields", "into") if settings.has(key)})

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        text = text_of(request, self._fields)
        if not text:
            raise CannotDo("there is no text to extract from")
        found = self._rules.apply(text)
        confidence = decimal(found.confidence)
        return AgentCompleted(found.output, float(confidence), found.because, "rules", "declared rules (no model)")


def _rule(name: str, entry: Any) -> _Rule:
    where = f"fields.{name}"
    if not isinstance(entry, Mapping):
        raise ValueError(f"`{where}` must hold kind, pattern or keywords")
    settings = Settings(entry, "kind pattern keywords all required", f"{where}: ")
    if sum(settings.has(key) for key in ("kind", "pattern", "keywords")) != 1:
        raise ValueError(f"`{where}` needs exactly one of kind, pattern, keywords")
    if settings.has("kind"):
        kind = settings.text("kind")
        if kind not in KINDS:
            raise ValueError(f"`{where}.kind` is {kind!r}; known are {', '.join(KINDS)}")
        find = KINDS[kind]
    elif settings.has("pattern"):
        find = _pattern(settings.text("pattern"), where)
    else:
        find = _keywords(settings.texts("keywords"))
    return _Rule(str(name), find, settings.flag("all"), settings.flag("required"))


def _keywords(keywords: tuple[str, ...]) -> Callable[[str], Found]:
    return lambda text: [(keyword, keyword) for keyword in found_phrases(text, keywords)]


def _pattern(text: str, where: str) -> Callable[[str], Found]:
    """RE2 has no backtracking, so no pattern and no text can make it slow."""
    re2: Any = import_module("re2")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        pattern = re2.compile(text, options)
    except re2.error as error:
        said = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"`{where}.pattern` is not a regular expression of RE2: {said}") from None

    def find(subject: str) -> Found:
        found: Found = []
        for match in pattern.finditer(subject):
            value = match.group(1) if pattern.groups else match.group(0)
            if value:
                found.append((value, match.group(0)))
            if len(found) >= MAX_VALUES:
                break
        return found

    return find
