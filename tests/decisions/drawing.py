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
    variable = f'<variable name="{escape(name or identity)}"' + (f' typeRef="{escape(kind)}"/>' if kind else "/>")
    return f'<inputData id="{identity}" name="{escape(name or identity)}">{variable}</inputData>'


def knowledge(identity: str, parameters: Iterable[str], logic: str, *requirements: str) -> str:
    formal = "".join(f'<formalParameter name="{parameter}"/>' for parameter in parameters)
    needs = "".join(_requirement(requirement) for requirement in requirements)
    return (
        f'<businessKnowledgeModel id="{identity}" name="{identity}"><variable name="{identity}"/>'
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic>{needs}</businessKnowledgeModel>"
    )


def dmn(
    *elements: str, namespace: str = DMN, language: str | None = None, target: str = "x", prefixes: str = ""
) -> bytes:
    """``target``: the namespace of what the file defines; ``prefixes``: more declarations of namespaces."""
    extra = f' expressionLanguage="{language}"' if language else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{namespace}" id="defs" name="Rules" namespace="{target}"{extra} {prefixes}>\n'
        + "\n".join(elements)
        + "\n</definitions>"
    ).encode()


def typed_decision(identity: str, kind: str, logic: str, *requirements: str) -> str:
    """A decision whose variable has a typeRef."""
    needs = "".join(_requirement(requirement) for requirement in requirements)
    return f'<decision id="{identity}" name="{identity}"><variable name="{identity}" typeRef="{escape(kind)}"/>{needs}{logic}</decision>'


def context(*entries: tuple[str | None, str] | tuple[str | None, str, str], **attributes: str) -> str:
    """``entries``: name (None for the result), logic, and perhaps a typeRef."""
    parts = []
    for name, logic, *kind in entries:
        variable = (
            ""
            if name is None
            else f'<variable name="{escape(name)}"{_attributes({"typeRef": kind[0]} if kind else {})}/>'
        )
        parts.append(f"<contextEntry>{variable}{logic}</contextEntry>")
    return f"<context{_attributes(attributes)}>{''.join(parts)}</context>"


def function(parameters: dict[str, str | None], body: str, **attributes: str) -> str:
    """``parameters``: typeRefs by name."""
    formal = "".join(
        f'<formalParameter name="{escape(name)}"{_attributes({"typeRef": kind} if kind else {})}/>'
        for name, kind in parameters.items()
    )
    return f"<functionDefinition{_attributes(attributes)}>{formal}{body}</functionDefinition>"


def invocation(called: str, **bindings: str) -> str:
    bound = "".join(f'<binding><parameter name="{name}"/>{value}</binding>' for name, value in bindings.items())
    return f"<invocation>{literal(called)}{bound}</invocation>"


def item(
    name: str,
    kind: str | None = None,
    *components: str,
    allowed: str | None = None,
    constraint: str | None = None,
    many: bool = False,
    tag: str = "itemDefinition",
) -> str:
    """``components``: items with the tag ``itemComponent``."""
    return (
        f'<{tag} name="{escape(name)}"{" isCollection=" + chr(34) + "true" + chr(34) if many else ""}>'
        + (f"<typeRef>{escape(kind)}</typeRef>" if kind else "")
        + (text("allowedValues", allowed) if allowed else "")
        + (text("typeConstraint", constraint) if constraint else "")
        + "".join(components)
        + f"</{tag}>"
    )


def component(name: str, kind: str | None = None, *components: str, many: bool = False) -> str:
    return item(name, kind, *components, many=many, tag="itemComponent")


def service(
    identity: str,
    outputs: Iterable[str],
    *,
    encapsulated: Iterable[str] = (),
    decisions: Iterable[str] = (),
    inputs: Iterable[str] = (),
    kind: str | None = None,
) -> str:
    parts = [f'<variable name="{identity}"{_attributes({"typeRef": kind} if kind else {})}/>']
    for tag, references in (
        ("outputDecision", outputs), ("encapsulatedDecision", encapsulated), ("inputDecision", decisions), ("inputData", inputs),
    ):  # fmt: skip
        parts += [f'<{tag} href="{one if "#" in one else "#" + one}"/>' for one in references]
    return f'<decisionService id="{identity}" name="{identity}">{"".join(parts)}</decisionService>'


def imported(name: str, namespace: str, location: str | None = None, kind: str = DMN) -> str:
    return f'<import name="{name}" namespace="{namespace}" importType="{kind}"{_attributes({"locationURI": location} if location else {})}/>'
