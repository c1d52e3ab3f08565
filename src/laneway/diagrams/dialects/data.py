"""Data of the standard: objects, properties, inputs and outputs, and the associations between them (BPMN 2.0, 10.4).

Each data element is a variable of its scope, called by its name, or by its id where it has none. An association that
copies a variable to one of the same name, or that has no end in a data input or output, documents and does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from laneway.diagrams.dialects.reading import child, children, content
from laneway.diagrams.document import Document
from laneway.diagrams.names import BPMN, bpmn, local
from laneway.diagrams.record import DataAssociation, Reading, Text
from laneway.expressions import is_expression

PLACEHOLDER = "__targetRef_placeholder"
"""What bpmn-js and Trisotech write as the end of an association that has none."""

JBPM = "http://www.jboss.org/drools"

_ITEMS = frozenset(
    bpmn(name)
    for name in (
        "dataObject",
        "dataObjectReference",
        "property",
        "dataInput",
        "dataOutput",
        "inputDataItem",
        "outputDataItem",
    )
)
_STORES = frozenset({bpmn("dataStore"), bpmn("dataStoreReference")})
_HOLDERS = frozenset(bpmn(name) for name in ("process", "subProcess", "transaction", "adHocSubProcess"))
_INPUT, _OUTPUT = bpmn("dataInputAssociation"), bpmn("dataOutputAssociation")
_PATH = re.compile(r"\s*(?:=\s*)?(?:[$#]\{)?\s*([^\W\d][\w-]*(?:\s*\.\s*[^\W\d]\w*)*)\s*\}?\s*")
_FUNCTION = re.compile(r"(?:\w+:)?getData(?:Object|Input|Output)\(\s*['\"]([^'\"]+)['\"]\s*\)((?:/[^\W\d]\w*)*)")


def variable(item: Any, document: Document) -> str | None:
    """The variable that a data element is. A reference is its object; who names the reference alone names the object."""
    if item is None or item.tag not in _ITEMS:
        return None
    if item.tag == bpmn("dataObjectReference"):
        behind = document.target(item.get("dataObjectRef"))
        if behind is not None and behind.tag == bpmn("dataObject") and _named(behind):
            return _called(behind)
        if _named(item) or behind is None or behind.tag != bpmn("dataObject"):
            return _called(item)
        return _called(behind)
    return _called(item)


def _named(item: Any) -> bool:
    return bool((item.get("name") or "").strip())


def _called(item: Any) -> str | None:
    """Dots would make a path of a name."""
    name = " ".join((item.get("name") or "").split())
    return name if name and "." not in name else (item.get("id") or "").replace(".", "_") or None


def read(node: Any, document: Document, reading: Reading) -> None:
    """Associations of an activity or event, and the variables that a scope or activity has of its own."""
    iteration = _iteration(node)
    for each in node:
        if each.tag == _INPUT:
            if content(child(each, "targetRef")) not in iteration:
                reading.data_inputs.extend(_associations(node, each, document, is_output=False))
        elif each.tag == _OUTPUT:
            if content(child(each, "sourceRef")) not in iteration:
                reading.data_outputs.extend(_associations(node, each, document, is_output=True))
        elif each.tag == bpmn("property"):
            name = variable(each, document)
            if name and each.get("name") != PLACEHOLDER:
                reading.declared.append((name, _initial(each, document)))
        elif each.tag == bpmn("dataObject") and node.tag in _HOLDERS:
            value = _initial(each, document)
            name = variable(each, document)
            if name and value is not None:
                reading.declared.append((name, value))
    names: dict[str | None, None] = dict.fromkeys(each.needs for each in reading.data_outputs if each.needs)
    for holder in (node, child(node, "ioSpecification")):
        for output in children(holder, "dataOutput") if holder is not None else ():
            if reading.data_outputs and any(
                content(source) == output.get("id")
                for association in children(node, "dataOutputAssociation")
                for source in children(association, "sourceRef")
            ):
                names[variable(output, document)] = None
    reading.data_names = [name for name in names if name]


def _iteration(node: Any) -> frozenset[str]:
    """The data input and output that a multi-instance activity iterates over as a whole; no round reads or writes them."""
    loop = child(node, "multiInstanceLoopCharacteristics")
    if loop is None:
        return frozenset()
    return frozenset(content(child(loop, name)) for name in ("loopDataInputRef", "loopDataOutputRef")) - {""}


def collection(node: Any, reference: str, loop: Any, document: Document) -> Text | None:
    """What ``loopDataInputRef`` points to: the collection itself, or a data input and what it is filled from."""
    item = document.target(reference)
    if not reference:
        return None
    if item is not None and item.tag == bpmn("dataInput"):
        for association in children(node, "dataInputAssociation"):
            if content(child(association, "targetRef")) == reference:
                for found in _associations(node, association, document, is_output=False, keep_plain=True):
                    if isinstance(found.source, Text):
                        return found.source
                    return Text(found.source, "feel", association.sourceline, True)
    name = variable(item, document) or reference
    return Text(name, "feel", loop.sourceline, True)


def collected_into(node: Any, reference: str, document: Document) -> str | None:
    """What ``loopDataOutputRef`` points to: the collection itself, or a data output and where it goes."""
    if not reference:
        return None
    item = document.target(reference)
    if item is not None and item.tag == bpmn("dataOutput"):
        for association in children(node, "dataOutputAssociation"):
            if content(child(association, "sourceRef")) == reference:
                target = variable(document.target(content(child(association, "targetRef"))), document)
                if target:
                    return target
    return variable(item, document) or reference


def _associations(
    node: Any, association: Any, document: Document, *, is_output: bool, keep_plain: bool = False
) -> Iterator[DataAssociation]:
    line = association.sourceline
    items = [document.target(content(each)) for each in children(association, "sourceRef")]
    sources = [(item, name) for item in items if (name := variable(item, document)) and not _is_placeholder(item)]
    target_item = document.target(content(child(association, "targetRef")))
    target = None if target_item is None or _is_placeholder(target_item) else variable(target_item, document)
    is_local = is_output and target_item is not None and target_item.tag == bpmn("outputDataItem")
    aliases = tuple(
        (item.get("id"), name)
        for item, name in sources
        if item is not None and item.get("id") and item.get("id") != name
    )
    needs = sources[0][1] if sources else None
    drawn = [each for each in children(association, "assignment") if each.tag == bpmn("assignment")]
    assignments = [each for each in drawn if content(child(each, "from"))]
    if drawn and not assignments:
        # jBPM's editors write one for every input of a task, and leave what it is given empty until somebody fills it in.
        return
    transformation = child(association, "transformation")
    stores = [target_item] if is_output else items
    store = next((each for each in stores if each is not None and each.tag in _STORES), None)
    if store is not None:
        yield from _stored(store, association, assignments, needs, aliases, target_item, target, document, is_output)
        return
    if assignments:
        for each in assignments:
            yield _assignment(each, target_item, target, needs, aliases, document, is_local)
        return
    if transformation is not None and content(transformation):
        if target:
            text = Text(content(transformation), transformation.get("language"), transformation.sourceline, True)
            yield DataAssociation(text, target, line, needs, is_local, aliases)
        return
    if target and needs and (needs != target or keep_plain) and len(sources) == 1:
        yield DataAssociation(needs, target, line, needs, is_local)


def _stored(
    store: Any,
    association: Any,
    assignments: list[Any],
    needs: str | None,
    aliases: tuple[tuple[str, str], ...],
    target_item: Any,
    target: str | None,
    document: Document,
    is_output: bool,
) -> Iterator[DataAssociation]:
    """To or from an item of a data store. Without a key on its reference the item is called as the data is."""
    name = store_name(store, document)
    called = tuple(dict.fromkeys(each for each in (name, store.get("id"), store.get("dataStoreRef")) if each))
    key = _store_key(store)
    line = association.sourceline
    given = child(association, "transformation")
    path = needs if is_output else target
    found: list[DataAssociation] = []
    if assignments:
        for each in assignments:
            found.append(_assignment(each, target_item, name if is_output else target, needs, aliases, document, False))
    elif given is not None and content(given) and path:
        text = Text(content(given), given.get("language"), given.sourceline, True)
        found.append(DataAssociation(text, path, line, needs if is_output else None, False, aliases))
    elif path:
        found.append(DataAssociation(path if is_output else name, path, line, needs if is_output else None))
    for one in found:
        to = one.target
        if is_output and to.partition(".")[0] in called:
            to = to.partition(".")[2] or needs or name
        item = key or Text(to.partition(".")[0] if is_output else target or to, "literal", line)
        yield replace(one, target=to, store=name, store_key=item, store_aliases=called)


def store_name(store: Any, document: Document) -> str:
    """A reference is its store; without one it is called as it is itself."""
    behind = document.target(store.get("dataStoreRef"))
    store = behind if behind is not None and behind.tag == bpmn("dataStore") else store
    return " ".join((store.get("name") or "").split()) or str(store.get("id"))


def _store_key(reference: Any) -> Text | None:
    """The property ``key`` that any dialect writes on the reference."""
    for holder in children(reference, "extensionElements"):
        for properties in children(holder, "properties"):
            for each in children(properties, "property"):
                value = (each.get("value") or "").strip()
                if each.get("name") == "key" and value:
                    return Text(value, None, each.sourceline)
    return None


def _is_placeholder(item: Any) -> bool:
    return item is not None and item.get("name") == PLACEHOLDER


def _assignment(
    assignment: Any,
    target_item: Any,
    target: str | None,
    needs: str | None,
    aliases: tuple[tuple[str, str], ...],
    document: Document,
    is_local: bool,
) -> DataAssociation:
    """``to := from``; the needs of its sources are not asked for, since its expression says what it reads."""
    given, to = child(assignment, "from"), child(assignment, "to")
    line = assignment.sourceline
    said, place = content(given), content(to)
    if given is None:
        given = assignment
    path = _place(place, target_item, target, document)
    if path is None:
        problem = (
            f"the assignment writes to «{place[:80]}», which is no name or path of a variable",
            "Write a name such as order, or a path such as order.total.",
        )
        return DataAssociation("", target or "", line, problem=problem)
    if said == "." and needs:
        return DataAssociation(needs, path, line, needs, is_local)
    if not said or said.startswith(("/", "@", "./")):
        problem = (
            f"the assignment reads «{said[:80]}», which is no expression that runs here",
            "Write it in FEEL, as in order.total, or in JUEL, as in ${order.total}.",
        )
        return DataAssociation("", path, line, problem=problem)
    language = given.get("language")
    if language is None and _constants(document):
        language = "juel" if is_expression(said) else "literal"
    return DataAssociation(Text(said, language, line, True), path, line, None, is_local, aliases)


def _constants(document: Document) -> bool:
    """jBPM writes constants bare and expressions as ``#{…}``."""
    root = document.root
    return "mvel" in (root.get("expressionLanguage") or "").lower() or JBPM in root.nsmap.values()


def _place(text: str, target_item: Any, target: str | None, document: Document) -> str | None:
    """The path that ``to`` writes: of the target, or of the variable that it names."""
    if text in ("", ".") or (target_item is not None and text == target_item.get("id")):
        return target
    call = _FUNCTION.fullmatch(text.strip())
    if call is not None:
        return _named_data(call[1], document) + call[2].replace("/", ".")
    found = _PATH.fullmatch(text)
    if found is None or text.count("{") != text.count("}"):
        return None
    root, *rest = (part.strip() for part in found[1].split("."))
    if (
        target is not None
        and target_item is not None
        and root in (target, target_item.get("id"), target_item.get("name"))
    ):
        return ".".join([target, *rest])
    item = document.target(root)
    if item is not None and item.tag in _ITEMS:
        return ".".join([variable(item, document) or root, *rest])
    if target is None or text.lstrip().startswith(("=", "$", "#")) or _is_data_name(root, document):
        return ".".join([root, *rest])
    return ".".join([target, root, *rest])


def _is_data_name(name: str, document: Document) -> bool:
    return any(
        item.get("name") == name
        for kind in ("dataObject", "property", "dataInput", "dataOutput")
        for item in document.of(kind)
    )


def _named_data(reference: str, document: Document) -> str:
    item = document.target(reference)
    return (variable(item, document) if item is not None else None) or reference


def _initial(item: Any, document: Document) -> Any:
    """The value that a data object or property begins with: Flowable and Activiti write it as an extension, others as
    a child of its own namespace."""
    value = next((each for each in _values(item) if (each.text or "").strip()), None)
    if value is None:
        return None
    text = value.text.strip()
    kind = _type_of(item, document)
    named = local(value.tag).lower()
    return _typed(text, named if named in _TYPES else kind)


def _values(item: Any) -> Iterator[Any]:
    for each in item:
        if not isinstance(each.tag, str):
            continue
        if each.tag == bpmn("extensionElements"):
            yield from children(each, "value")
        elif not each.tag.startswith("{" + BPMN + "}"):
            yield each


def _type_of(item: Any, document: Document) -> str:
    said = item.get("itemSubjectRef") or ""
    definition = document.target(said)
    if definition is not None:
        said = definition.get("structureRef") or ""
    return re.split(r"[:.]", said)[-1].lower()


_WHOLE = frozenset({"int", "integer", "long", "short", "biginteger"})
_DECIMAL = frozenset({"double", "float", "decimal", "number", "bigdecimal"})
_TYPES = _WHOLE | _DECIMAL | {"boolean", "string", "date", "datetime"}


def _typed(text: str, kind: str) -> Any:
    if kind == "boolean":
        return text.lower() in ("true", "1")
    try:
        if kind in _WHOLE:
            return int(text)
        if kind in _DECIMAL:
            number = Decimal(text)
            return number if number.is_finite() else text
    except (ValueError, InvalidOperation):
        return text
    return text
