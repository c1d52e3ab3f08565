"""Validity by BPMN 2.0's own XML schema (OMG formal/2013-12-09, the XSD files), as ``laneway check`` tells it.

Nothing here refuses a file: many modellers write attributes in another order than the schema has, ids that are no XML names, or
extensions in the wrong place, and mean no harm by it. What would change what runs is an error of another rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from laneway.diagrams.document import where
from laneway.diagrams.findings import NOWHERE, Findings, Where
from laneway.diagrams.names import bpmn, local

if TYPE_CHECKING:
    from lxml import etree

MAX_SHOWN = 50
MAX_ELEMENTS = 400_000
"""A file that is larger is not validated: it would take longer than everything else together."""

MAX_COUNTED = 20_000_000
"""Faults times siblings; with more, faults are told without their places."""

_QUOTED = re.compile(r"'([^']*)'")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*?) \)")
_WORDS_OF_TYPES = {
    "xs:ID": "a letter or _ first, then letters, digits, . - or _",
    "xs:NCName": "a letter or _ first, then letters, digits, . - or _",
    "xs:QName": "an id, with a declared namespace prefix or none",
    "xs:IDREF": "the id of an element",
    "xs:boolean": "true or false",
    "xs:integer": "a whole number",
    "xs:int": "a whole number",
    "xs:double": "a number",
    "xs:anyURI": "a URI",
}
_SAID_BETTER = frozenset({"default_ignored", "dangling_reference"})
"""Rules of ours that say of the same place what the schema says of it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: told once, with the value of its first place and how often it occurs."""

    message: str
    fix: str
    value: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.message} «{self.value[:60]}»" if self.value else self.message


def schema_faults(data: bytes, tree: Any) -> list[tuple[Fault, Where]]:
    """Every deviation of ``data`` from the schema. Call it before anything is put in order in ``tree``, which was made of it.

    libxml2 works out a path for each fault that it finds in a tree, by counting the elements before it: thousands of faults among
    thousands of siblings would take minutes. So the faults are counted first, in a stream, which knows neither paths nor lines.
    """
    root = tree.getroot()
    if root.tag != bpmn("definitions") or int(root.xpath("count(//*)")) > MAX_ELEMENTS:
        return []
    schema = _schema()
    streamed = _streamed(data, schema)
    if not streamed:
        return []
    siblings = max(len(element) for element in root.iter("*"))
    if len(streamed) * siblings > MAX_COUNTED:
        return [(_fault(entry, None), NOWHERE) for entry in streamed]
    schema.validate(tree)
    by_line = _elements_at(root, {entry.line for entry in schema.error_log})
    found = []
    for entry in schema.error_log:
        element = by_line.get((entry.line, _tag(entry)))
        at = NOWHERE if element is None else where(element)
        found.append((_fault(entry, element), Where(at.id, at.name, entry.line)))
    return found


def _streamed(data: bytes, schema: etree.XMLSchema) -> list[Any]:
    from lxml import etree

    parser = etree.XMLParser(schema=schema, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return [entry for entry in parser.error_log if entry.type_name.startswith("SCHEMAV")]
    return []


def _tag(entry: Any) -> str:
    said = _QUOTED.search(entry.message)
    return local(said[1]) if said is not None else ""


def report_faults(faults: Iterable[tuple[Fault, Where]], findings: Findings) -> None:
    """Those that no error has told already, one finding for each kind of fault."""
    refused = {problem.line for problem in findings.problems if problem.severity == "error"}
    told = {(problem.element_id, problem.line) for problem in findings.problems if problem.rule in _SAID_BETTER}
    places: dict[Fault, list[Where]] = {}
    for fault, at in faults:
        if at is NOWHERE or (at.line not in refused and (at.id, at.line) not in told):
            places.setdefault(fault, []).append(at)
    for fault, found in list(places.items())[:MAX_SHOWN]:
        others = len(found) - 1
        more = f" (and in {others:,} more place{'s' if others > 1 else ''})" if others else ""
        findings.warning("xml_schema", f"{fault}{more}", fault.fix, found[0])
    if len(places) > MAX_SHOWN:
        findings.info(
            "xml_schema",
            f"{len(places) - MAX_SHOWN:,} more kinds of deviations from BPMN 2.0's XML schema are not listed",
            "Correct the listed ones first.",
        )


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    """The XSD files that SpiffWorkflow ships; they include each other by relative names, so nothing is fetched."""
    from lxml import etree

    with as_file(files("SpiffWorkflow.bpmn.parser") / "schema") as folder:
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        return etree.XMLSchema(etree.parse(str(folder / "BPMN20.xsd"), parser))


def _elements_at(root: Any, lines: set[int]) -> dict[tuple[int, str], Any]:
    """(Line, local name) → the first such element."""
    found: dict[tuple[int, str], Any] = {}
    for element in root.iter("*"):
        if element.sourceline in lines:
            found.setdefault((element.sourceline, local(element.tag)), element)
    return found


def _fault(entry: Any, element: Any) -> Fault:
    said = _QUOTED.findall(entry.message)
    tag = _tag(entry)
    parent = element.getparent() if element is not None else None
    within = local(parent.tag) if parent is not None else ""
    kind = entry.type_name
    attribute = local(said[1]) if len(said) > 1 else ""
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        return _content(entry.message, tag, within)
    if kind == "SCHEMAV_CVC_COMPLEX_TYPE_4":
        return Fault(f"<{tag}> has no attribute {attribute}", f"Add {attribute} to it.")
    if kind in ("SCHEMAV_CVC_COMPLEX_TYPE_3_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2"):
        return Fault(
            f"<{tag}> has an attribute {attribute}, which BPMN 2.0 does not know there",
            "Remove it, or write it in a namespace of its own.",
        )
    if kind.startswith("SCHEMAV_CVC_DATATYPE") or kind in ("SCHEMAV_CVC_ENUMERATION_VALID", "SCHEMAV_CVC_TYPE_3_1_3"):
        return _value(entry.message, said, tag)
    if kind == "SCHEMAV_CVC_COMPLEX_TYPE_2_3":
        return Fault(f"<{tag}> holds text between its elements", "Remove the text, or write it as documentation.")
    if kind == "SCHEMAV_CVC_COMPLEX_TYPE_2_2":
        return Fault(f"<{tag}> holds an element where only text may stand", "Remove the element.")
    if kind == "SCHEMAV_CVC_ELT_1":
        return Fault(f"<{tag}> is no element of BPMN 2.0 that stands by itself", "Remove it, or correct its name.")
    return Fault(
        f"<{tag}> is not written as BPMN 2.0's XML schema has it",
        "Draw it again in the modeller, and export the file again.",
    )


def _content(message: str, tag: str, parent: str) -> Fault:
    match = _EXPECTED.search(message)
    expected = [] if match is None else [local(each.strip()) for each in match[1].split(",")]
    names = [each for each in expected if not each.startswith("*") and each not in ("extensionElements", "")]
    wanted = ", ".join(f"<{each}>" for each in names[:8]) + (" …" if len(names) > 8 else "")
    if "Missing child" in message:
        return Fault(
            f"<{tag}> is not complete", f"It needs {wanted} in it." if wanted else "Complete it in the modeller."
        )
    inside = f" in <{parent}>" if parent else ""
    may = f" Here may stand: {wanted}." if wanted else ""
    return Fault(
        f"<{tag}> stands where BPMN 2.0's XML schema does not have it{inside}",
        f"Move it to its place in the order of elements, or into extensionElements.{may}",
    )


def _value(message: str, said: list[str], tag: str) -> Fault:
    """``Element 'x', attribute 'y': 'value' is not a valid value of the … type 'z'`` and its like for texts and enumerations."""
    has_attribute = ", attribute '" in message.split(":", 1)[0] + message[:400].split("':", 1)[0] + "'"
    attribute = local(said[1]) if has_attribute and len(said) > 1 else ""
    value = said[2] if has_attribute and len(said) > 2 else (said[1] if len(said) > 1 else "")
    kind = said[-1] if said else ""
    about = f"{attribute} of <{tag}>" if attribute else f"the text of <{tag}>"
    if kind == "xs:ID" or attribute == "id":
        return Fault(f"the id of <{tag}> is no XML name:", f"Write {_WORDS_OF_TYPES['xs:ID']}.", value)
    one_of = re.search(r"\{(.*)\}\s*\.?$", message)
    if one_of is not None and "set" in message:
        return Fault(f"{about} is", f"Write one of {one_of[1]}.".replace("'", ""), value or "nothing")
    return Fault(
        f"{about} is", f"Write {_WORDS_OF_TYPES.get(kind, 'a value that BPMN 2.0 has for it')}.", value or "nothing"
    )
