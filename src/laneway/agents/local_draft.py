"""Task ``draft``: a template filled with the input and the passages found. No model writes a word of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from laneway.agents.local_task import CannotDo, Settings, Tools, decimal
from laneway.agents.templating import Template, TemplateFault, lookup
from laneway.domain.contract import AgentCompleted, AgentRequest

_ROOTS = frozenset({"input", "passages", "answer", "citations"})
_EMPTY_SLOT = 0.7
# Of passages that another agent found and did not weigh.
_UNKNOWN = 0.5


class Draft:
    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = Settings(config, "template templates choose passages field")
        if settings.has("template") == settings.has("templates"):
            raise ValueError("write `template`, or `templates` with `choose`")
        given = {"default": settings.text("template")} if settings.has("template") else settings.mapping("templates")
        self._choose = settings.text("choose") if settings.has("templates") else ""
        self._passages = settings.text("passages", "passages")
        self._field = settings.text("field", "text")
        self._templates: dict[str, Template | str] = {}
        for name, text in given.items():
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"`templates.{name}` must be a text or the name of a file")
            self._templates[str(name)] = _template(text) if "\n" in text.strip() or "{{" in text else text.strip()

    def work(self, request: AgentRequest, tools: Tools) -> AgentCompleted:
        name, template = self._template_for(request)
        passages = _passages(lookup(request.input, self._passages))
        sources = _sources(passages)
        values = {
            "input": request.input,
            "passages": "\n\n".join(str(passage["passage"]) for passage in passages),
            "answer": str(passages[0]["passage"]) if passages else "",
            "citations": "\n".join(f"[{number}] {source['title']}" for number, source in enumerate(sources, 1)),
        }
        filled = template.fill(values)
        uses = bool(template.paths & {"passages", "answer", "citations"})
        confidence = decimal(_confidence(uses, passages, len(filled.empty)))
        cited = sources if uses else []
        output = {
            self._field: filled.text.strip(),
            "sources": cited,
            "confidence": confidence,
            "empty_slots": filled.empty,
        }
        because = f"template {name!r}, {len(cited)} sources, {len(filled.empty)} empty slots"
        return AgentCompleted(
            output, float(confidence), because, "template", "filled template (no model wrote it)", tuple(cited)
        )

    def _template_for(self, request: AgentRequest) -> tuple[str, Template]:
        wanted = str(lookup(request.input, self._choose)) if self._choose else "default"
        name = wanted if wanted in self._templates else "default"
        template = self._templates.get(name)
        if template is None:
            raise CannotDo(f"there is no template {wanted!r} and none called 'default'")
        if isinstance(template, Template):
            return name, template
        content = request.files.get(template)
        if content is None:
            raise CannotDo(f"the template file {template!r} is not deployed beside the diagram")
        try:
            return template, _template(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise CannotDo(f"the template file {template!r} is not UTF-8") from None
        except TemplateFault as fault:
            raise CannotDo(f"the template file {template!r} cannot be used: {fault}") from None


def _confidence(uses_passages: bool, passages: list[Mapping[str, Any]], empty_slots: int) -> float:
    if not uses_passages:
        return _EMPTY_SLOT**empty_slots
    best = max((float(passage.get("relevance", _UNKNOWN)) for passage in passages), default=0.0)
    # Slots that are empty because there are no passages are counted once.
    return best * _EMPTY_SLOT**empty_slots if best else 0.0


def _template(text: str) -> Template:
    return Template(text, _ROOTS)


def _passages(value: Any) -> list[Mapping[str, Any]]:
    """As ``retrieve`` gives them. Others are left out: what has no source cannot be cited."""
    if not isinstance(value, list | tuple):
        return []
    return [
        entry
        for entry in value
        if isinstance(entry, Mapping)
        and isinstance(entry.get("passage"), str)
        and entry.get("name")
        and isinstance(entry.get("relevance", _UNKNOWN), int | float | Decimal)
    ]


def _sources(passages: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    by_name: dict[str, dict[str, Any]] = {}
    for passage in passages:
        source = {key: passage.get(key) for key in ("title", "name", "status", "sha256")}
        source["title"] = source["title"] or source["name"]
        by_name.setdefault(str(passage["name"]), source)
    return list(by_name.values())
