"""What messages are correlated by, as the file says it: keys, properties, subscriptions (BPMN 2.0, 8.4.2), and message flows.

A message has the key all of whose properties have a retrieval expression for it; of several the one with the most
properties, then the first. Where nothing says a key and a message flow joins two pools of the file, the two talk in a
conversation whose id the engine carries along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from laneway.diagrams.dialects.reading import child, children, content
from laneway.diagrams.document import Document, where
from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.names import EVENT_DEFINITIONS, bpmn, local
from laneway.diagrams.record import Text
from laneway.diagrams.texts import Texts
from laneway.domain.model import Evaluable, EventKind, MessageKey

_SENDERS = frozenset(bpmn(name) for name in ("sendTask", "intermediateThrowEvent", "endEvent"))
_RECEIVERS = frozenset(bpmn(name) for name in ("receiveTask", "startEvent", "intermediateCatchEvent", "boundaryEvent"))


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    properties: tuple[str, ...]


@dataclass(slots=True)
class MessageFlows:
    """``names``: flow node → name of its message where it says none itself. ``partners``: flow node → process at the other end."""

    names: dict[str, str] = field(default_factory=dict)
    partners: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Correlations:
    """Of one file. ``expressions``: property → message → text; ``paths``: process → key → property → text."""

    flows: MessageFlows = field(default_factory=MessageFlows)
    keys: list[_Key] = field(default_factory=list)
    unkeyed: list[str] = field(default_factory=list)
    """Properties in no key: those that a message has make one together."""
    expressions: dict[str, dict[str, Text]] = field(default_factory=dict)
    paths: dict[str, dict[str, dict[str, Text]]] = field(default_factory=dict)

    def key_of(
        self,
        message: str | None,
        node_id: str,
        process_id: str,
        texts: Texts,
        *,
        receives: bool,
        own: Sequence[tuple[str, Text]] = (),
    ) -> MessageKey | None:
        """The key of what the flow node sends or receives, or the conversation that its message flow belongs to. ``own``:
        the data paths that a dialect writes on the node itself."""
        fitting = [
            key
            for key in self.keys
            if key.properties and all(message in self.expressions.get(name, {}) for name in key.properties)
        ]
        if own:
            paths = _compiled(dict(own), texts)
            known = {
                name: self.expressions[name][message] for name, _ in own if message and self._retrieves(name, message)
            }
            return MessageKey(" ".join(name for name, _ in paths), _compiled(known, texts), paths)
        unkeyed = tuple(name for name in self.unkeyed if self._retrieves(name, message))
        if unkeyed:
            fitting.append(_Key(" ".join(unkeyed), unkeyed))
        if fitting and message is not None:
            best = max(fitting, key=lambda key: len(key.properties))
            retrieved = _compiled({name: self.expressions[name][message] for name in best.properties}, texts)
            said = self.paths.get(process_id, {}).get(best.id, {}) if receives else {}
            paths = _compiled(said, texts) if set(said) == set(best.properties) else ()
            return MessageKey(best.id, retrieved, paths)
        partner = self.flows.partners.get(node_id)
        return MessageKey(f"pool {partner}", conversation=True) if partner is not None else None

    def _retrieves(self, name: str, message: str | None) -> bool:
        return message in self.expressions.get(name, {})


def _compiled(found: Mapping[str, Text], texts: Texts) -> tuple[tuple[str, Evaluable], ...]:
    compiled = []
    for name in sorted(found):
        expression = texts.expression(found[name], Where(name, None, found[name].line), f"correlation property {name}")
        if expression is not None:
            compiled.append((name, expression))
    return tuple(compiled)


def read_correlations(document: Document, findings: Findings) -> Correlations:
    found = Correlations()
    for prop in document.of("correlationProperty"):
        by_message = found.expressions.setdefault(prop.get("id"), {})
        for retrieval in children(prop, "correlationPropertyRetrievalExpression"):
            text = _text_in(retrieval, "messagePath", "formalExpression", "expression")
            message = _meant(document, retrieval.get("messageRef"))
            if text is not None and message is not None:
                by_message.setdefault(message, text)
            elif message is None:
                findings.warning(
                    "correlation",
                    f"a retrieval expression of {prop.get('id')} names the message {retrieval.get('messageRef')}, "
                    "which is not in the file",
                    "Correct messageRef, or add the message.",
                    where(retrieval),
                )
    keyed: set[str] = set()
    for number, key in enumerate(document.of("correlationKey"), 1):
        names = []
        for reference in children(key, "correlationPropertyRef"):
            name = _meant(document, content(reference))
            if name in found.expressions:
                names.append(name)
            else:
                findings.warning(
                    "correlation",
                    f"the correlation key {key.get('name') or key.get('id') or number} names the property "
                    f"{content(reference)}, which is not in the file",
                    "Correct correlationPropertyRef, or add the correlationProperty.",
                    where(key),
                )
        found.keys.append(_Key(key.get("id") or key.get("name") or f"key {number}", tuple(names)))
        keyed.update(names)
    found.unkeyed = sorted(name for name in found.expressions if name not in keyed)
    for subscription in document.of("correlationSubscription"):
        _subscription(subscription, document, found, findings)
    found.flows = read_message_flows(document, findings)
    return found


def _subscription(subscription: Any, document: Document, found: Correlations, findings: Findings) -> None:
    process = subscription.getparent()
    reference = (subscription.get("correlationKeyRef") or "").strip()
    key = next((each for each in found.keys if each.id in (reference, reference.rpartition(":")[2])), None)
    if key is None:
        findings.warning(
            "correlation",
            f"a correlation subscription names the key {reference or '(none)'}, which is not in the file",
            "Correct correlationKeyRef, or add the correlationKey to the collaboration.",
            where(subscription),
        )
        return
    paths = found.paths.setdefault(process.get("id"), {}).setdefault(key.id, {})
    for binding in children(subscription, "correlationPropertyBinding"):
        name = _meant(document, binding.get("correlationPropertyRef"))
        text = _text_in(binding, "dataPath", "formalExpression", "expression")
        if name in key.properties and text is not None:
            paths[name] = text
        else:
            findings.warning(
                "correlation",
                f"a binding of the correlation subscription for {key.id} names {binding.get('correlationPropertyRef')}, "
                "which is no property of that key, or has no data path",
                "Bind each property of the key to an expression.",
                where(binding),
            )


def _text_in(node: Any, *names: str) -> Text | None:
    for name in names:
        found = child(node, name)
        inner = child(found, "formalExpression") if found is not None else None
        for each in (found, inner):
            if each is not None and content(each):
                return Text(content(each), each.get("language"), each.sourceline, True)
    return None


def _meant(document: Document, reference: str | None) -> str | None:
    text = (reference or "").strip()
    if text in document.by_id:
        return text
    rest = text.rpartition(":")[2]
    return rest if rest in document.by_id else None


def read_message_flows(document: Document, findings: Findings) -> MessageFlows:
    """Flows that deliver: from what sends a message in one process of the file to what receives one in another.

    All that hangs together by such flows has one message name: that of a flow, else that of an end, else one made of
    the first flow's id.
    """
    found = MessageFlows()
    group: dict[str, str] = {}
    names: dict[str, str] = {}

    def root(end: str) -> str:
        while group.setdefault(end, end) != end:
            end = group[end]
        return end

    drawn = []
    for flow in document.of("messageFlow"):
        source = document.target(flow.get("sourceRef"))
        target = _receiver(document, document.target(flow.get("targetRef")))
        if source is None or source.tag not in _SENDERS or _message_in(source) is None:
            continue
        if target is None or target.tag not in _RECEIVERS or _message_in(target) is None:
            if _process_of(source) is not None and _name_of(document, flow.get("messageRef")):
                drawn.append((flow, source, None))
            continue
        sender, receiver = _process_of(source), _process_of(target)
        if sender is None or receiver is None or sender is receiver:
            continue
        drawn.append((flow, source, target))
        found.partners.setdefault(source.get("id"), receiver.get("id"))
        found.partners.setdefault(target.get("id"), sender.get("id"))
    for _, source, target in drawn:
        if target is not None:
            group[root(target.get("id"))] = root(source.get("id"))
    for flow, source, target in drawn:
        ends = [source] if target is None else [source, target]
        said = [_name_of(document, flow.get("messageRef")), *(_name_of(document, _message_in(end)) for end in ends)]
        named = list(dict.fromkeys(name for name in said if name))
        if target is not None and len(named) > 1:
            findings.warning(
                "message_flow_names",
                f"the message flow from {source.get('id')} to {target.get('id')} joins messages of different names "
                f"({', '.join(named)}), so what is sent does not arrive",
                "Give both ends the same message.",
                where(flow),
            )
        for name in named[:1]:
            names.setdefault(root(source.get("id")), name)
    for flow, source, _ in drawn:
        names.setdefault(root(source.get("id")), f"message flow {flow.get('id')}")
    found.names = {end: names[root(end)] for end in list(group)}
    return found


def _receiver(document: Document, target: Any | None) -> Any | None:
    """A flow to the border of a pool means the one message start event of its process."""
    if target is None or target.tag != bpmn("participant"):
        return target
    process = document.target(target.get("processRef"))
    if process is None:
        return None
    starts = [each for each in children(process, "startEvent") if _message_in(each) is not None]
    return starts[0] if len(starts) == 1 else None


def _message_in(node: Any) -> str | None:
    """The message that a flow node names, "" if it is one of messages but names none, None if it is none."""
    if node.tag in (bpmn("sendTask"), bpmn("receiveTask")):
        return node.get("messageRef") or ""
    for each in node:
        if EVENT_DEFINITIONS.get(each.tag) is EventKind.MESSAGE:
            return each.get("messageRef") or ""
    return None


def _name_of(document: Document, reference: str | None) -> str | None:
    message = document.target(reference)
    if message is None or local(message.tag) != "message":
        return None
    return (message.get("name") or "").strip() or str(message.get("id"))


def _process_of(node: Any) -> Any | None:
    while node is not None and node.tag != bpmn("process"):
        node = node.getparent()
    return node
