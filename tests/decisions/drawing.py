"""Writes DMN files for tests, as a modeller would export them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def text(tag: str, content: str, **attributes: str) -> str:
    return f"<{tag}{_attributes(attributes)}><text>{escape(content)}</text></{tag}>"


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def table(
    inputs: Iterable[str],
    outputs: Iterable[str],
    rules: Iterable[Sequence[str]],
    hit_policy: str = "UNIQUE",
    *,
    aggregation: str | None = None,
    values: dict[str, str] | None = None,
    defaults: dict[str, str] | None = None,
    types: dict[str, str] | None = None,
) -> str:
    """``rules``: input entries, then output entries. ``values``, ``defaults``: by output name (``values`` by input expression, too); ``types``: by input expression."""
    inputs, outputs = list(inputs), list(outputs)
    parts = [
        f'<decisionTable id="table" hitPolicy="{hit_policy}"'
        + (f' aggregation="{aggregation}">' if aggregation else ">")
    ]
    for index, expression in enumerate(inputs):
        kind = {"typeRef": (types or {})[expression]} if expression in (types or {}) else {}
        parts.append(
            f'<input id="in{index}" label="{escape(expression)}">{text("inputExpression", expression, **kind)}'
            + (text("inputValues", (values or {})[expression]) if expression in (values or {}) else "")
            + "</input>"
        )
    for index, output in enumerate(outputs):
        allowed = text("outputValues", (values or {})[output]) if output in (values or {}) else ""
        default = text("defaultOutputEntry", (defaults or {})[output]) if output in (defaults or {}) else ""
        parts.append(f'<output id="out{index}" name="{output}">{allowed}{default}</output>')
    for number, rule in enumerate(rules, 1):
        cells = [text("inputEntry" if at < len(inputs) else "outputEntry", cell) for at, cell in enumerate(rule)]
        parts.append(f'<rule id="r{number}">{"".join(cells)}</rule>')
    return "".join(parts) + "</decisionTable>"


def literal(content: str, **attributes: str) -> str:
    return text("literalExpression", content, **attributes)


def decision(identity: str, logic: str, *requirements: str, name: str | None = None) -> str:
    """``requirements``: ids, with ``decision:``, ``input:`` or ``knowledge:`` before them."""
    needs = "".join(_requirement(requirement) for requirement in requirements)
    return f'<decision id="{identity}" name="{escape(name or identity)}">{needs}{logic}</decision>'


def _requirement(requirement: str) -> str:
    kind, _, identity = requirement.partition(":")
    href = identity if "#" in identity else f"#{identity}"
    if kind == "knowledge":
        return f'<knowledgeRequirement><requiredKnowledge href="{href}"/></knowledgeRequirement>'
    tag = "requiredDecision" if kind == "decision" else "requiredInput"
    return f'<informationRequirement><{tag} href="{href}"/></informationRequirement>'


def input_data(identity: str, name: str | None = None, kind: str | None = None) -> str:
    variable = f'<variable name="{escape(name or identity)}"' + (f' typeRef="{kind}"/>' if kind else "/>")
    return f'<inputData id="{identity}" name="{escape(name or identity)}">{variable}</inputData>'


def knowledge(identity: str, parameters: Iterable[str], logic: str, *requirements: str) -> str:
    formal = "".join(f'<formalParameter name="{parameter}"/>' for parameter in parameters)
    needs = "".join(_requirement(requirement) for requirement in requirements)
    return (
        f'<businessKnowledgeModel id="{identity}" name="{identity}"><variable name="{identity}"/>'
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic>{needs}</businessKnowledgeModel>"
    )


def dmn(*elements: str, namespace: str = DMN, language: str | None = None) -> bytes:
    extra = f' expressionLanguage="{language}"' if language else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{namespace}" id="defs" name="Rules" namespace="x"{extra}>\n'
        + "\n".join(elements)
        + "\n</definitions>"
    ).encode()
