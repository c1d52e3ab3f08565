"""The only way in for XML: hardened, bounded in time and memory, line numbers kept.

    parse_xml
    ├── bytes     size, encoding, DOCTYPE, crowded tags, markup count     before anything is built
    ├── lxml      no entities, no DTD, no network, libxml2's own bounds   depth 256, text 10 MB
    └── tree      XInclude, attributes, elements, flow nodes, leftovers   counted by libxml2, no object per element

Decision tables (DMN) are read through the same gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from laneway.diagrams.names import BESIDE_TAGS, BPMN, FLOW_NODE_TAGS, bpmn, local
from laneway.domain.errors import LanewayError, Refused, TooLarge, UnsupportedEncoding

if TYPE_CHECKING:
    from lxml import etree

MAX_BYTES = 10_000_000
MAX_ELEMENTS = 500_000
MAX_FLOW_NODES = 20_000
MAX_SEQUENCE_FLOWS = 60_000
"""Three for each flow node of the largest diagram; real ones have one or two."""
MAX_BPMN_ELEMENTS = 250_000
"""Of the BPMN namespace: twelve for each flow node of the largest diagram. Layout and extensions are the rest of all."""
MAX_BESIDE = 40_000
"""Event definitions, data objects, messages, annotations and the like, all together."""
MAX_PROCESSES = 1_000
MAX_LANES = 10_000
MAX_ATTRIBUTES = 1_000
"""Per element."""
MAX_ATTRIBUTES_IN_ALL = 600_000
"""Thirty for each flow node of the largest diagram, layout included. Every ``=`` counts, those in texts too."""

ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "cp1252"})

_DECLARATION = re.compile(rb"""^<\?xml\s[^?>]{0,400}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,60})["']""")
_OTHER_UNICODE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\xff\xfe\x00\x00", b"+/v", b"\x4c\x6f\xa7\x94")
_LONG_RUN = re.compile(rb"<[^<]{20000,}")
_SEQUENCE_FLOW = re.compile(rb"<(?:[^<>\s/:]{1,40}:)?sequenceFlow[\s/>]")
_CROWDED = re.compile(rb"<[^<]{4000,}")
"""Whatever holds more than ``MAX_ATTRIBUTES`` is at least so long: a space, a name, an equals sign and two quotes each."""
_XINCLUDE = "{http://www.w3.org/2001/XInclude}*"


def parse_xml(data: bytes, *, name: str) -> etree._ElementTree:
    """Parse an untrusted file.

    Parameters
    ----------
    data
        The file as it came; UTF-8, US-ASCII, ISO-8859-1 or windows-1252.
    name
        What the file is called, for messages only.

    Raises
    ------
    TooLarge
        ``too_large``, ``too_many_elements``, ``too_many_flow_nodes``.
    UnsupportedEncoding
        ``unsupported_encoding``.
    Refused
        ``dtd_forbidden``, ``xinclude_forbidden``, ``too_deep``, ``too_many_attributes``, ``not_well_formed``.
    """
    from lxml import etree

    _check_bytes(data, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax_error(error, name) from None
    except (ValueError, LookupError) as error:
        raise Refused("not_well_formed", f"{name}: {error}") from None
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.externalDTD is not None:
        raise _dtd_forbidden(name)
    encoding = (tree.docinfo.encoding or "utf-8").lower()
    if encoding not in ENCODINGS:
        raise _unsupported_encoding(encoding, name)
    _check_tree(root, name, crowded=_CROWDED.search(data) is not None)
    return tree


def _check_bytes(data: bytes, name: str) -> None:
    if len(data) > MAX_BYTES:
        raise TooLarge(
            "too_large",
            f"{name} has {len(data):,} bytes; {MAX_BYTES:,} is the most. Split the diagram or remove embedded files.",
            {"limit": MAX_BYTES},
        )
    if data.startswith(_OTHER_UNICODE) or b"\x00" in data[:1024]:
        raise _unsupported_encoding("UTF-16, UTF-32, UTF-7 or EBCDIC", name)
    body = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    declared = _DECLARATION.match(body)
    if declared is not None and declared[1].decode("ascii").lower() not in ENCODINGS:
        raise _unsupported_encoding(declared[1].decode("ascii"), name)
    if _prolog_has_doctype(body):
        raise _dtd_forbidden(name)
    markup = data.count(b"<") - data.count(b"</")
    if markup > MAX_ELEMENTS + 50_000:
        raise _too_many_elements(markup, name)
    flows = sum(1 for _ in _SEQUENCE_FLOW.finditer(data)) if data.count(b"sequenceFlow") > MAX_SEQUENCE_FLOWS else 0
    if flows > MAX_SEQUENCE_FLOWS + 10_000:
        raise _too_many_elements(flows, name, MAX_SEQUENCE_FLOWS, "sequence flows")
    if data.count(b"=") > MAX_ATTRIBUTES_IN_ALL:
        raise Refused("too_many_attributes", f"{name} has over {MAX_ATTRIBUTES_IN_ALL:,} attributes in all.")
    for run in _LONG_RUN.finditer(data):
        start, end = run.span()
        if data.count(b"xmlns", start, end) > MAX_ATTRIBUTES or data.count(b"=", start, end) > 50 * MAX_ATTRIBUTES:
            raise _too_many_attributes(name, data.count(b"\n", 0, start) + 1)


def _prolog_has_doctype(body: bytes) -> bool:
    """Whether a DOCTYPE stands before the root element; comments and processing instructions are stepped over."""
    position = 0
    while True:
        position = body.find(b"<", position)
        if position < 0:
            return False
        if body.startswith(b"<!--", position):
            end = body.find(b"-->", position + 4)
        elif body.startswith(b"<?", position):
            end = body.find(b"?>", position + 2)
        else:
            return body.startswith(b"<!", position)
        if end < 0:
            return False
        position = end


def _check_tree(root: Any, name: str, *, crowded: bool) -> None:
    """``crowded``: whether any tag is long enough to hold too many attributes."""
    from lxml import etree

    for _ in root.iter(etree.Entity):
        raise _dtd_forbidden(name)
    for element in root.iter(_XINCLUDE):
        raise Refused(
            "xinclude_forbidden",
            f"{name}:{element.sourceline}: XInclude is not read. Put the included content into the file itself.",
            {"line": element.sourceline},
        )
    if crowded:
        for element in root.xpath(f"(//*[count(@*) > {MAX_ATTRIBUTES}])[1]"):
            raise _too_many_attributes(name, element.sourceline)
    elements = int(root.xpath("count(//*)"))
    if elements > MAX_ELEMENTS:
        raise _too_many_elements(elements, name)
    flow_nodes = _count(root, FLOW_NODE_TAGS)
    if flow_nodes > MAX_FLOW_NODES:
        raise TooLarge(
            "too_many_flow_nodes",
            f"{name} has {flow_nodes:,} flow nodes; {MAX_FLOW_NODES:,} is the most. "
            "Move parts of it into processes of their own and call them.",
            {"limit": MAX_FLOW_NODES},
        )
    for tag, limit in (("process", MAX_PROCESSES), ("lane", MAX_LANES)):
        found = _count(root, (bpmn(tag),))
        if found > limit:
            code = "too_many_processes" if tag == "process" else "too_many_lanes"
            raise TooLarge(
                code, f"{name} has {found:,} elements {tag}; {limit:,} is the most. Split the file.", {"limit": limit}
            )
    for what, found, limit in (
        ("sequence flows", _count(root, (bpmn("sequenceFlow"),)), MAX_SEQUENCE_FLOWS),
        ("event definitions, data objects, messages, artifacts and the like", _count(root, BESIDE_TAGS), MAX_BESIDE),
        ("elements of BPMN", int(root.xpath("count(//b:*)", namespaces={"b": BPMN})), MAX_BPMN_ELEMENTS),
    ):
        if found > limit:
            raise _too_many_elements(found, name, limit, what)


def _count(root: Any, tags: Iterable[str]) -> int:
    """XPath counts each kind without an object per element."""
    return sum(int(root.xpath(f"count(//b:{local(tag)})", namespaces={"b": BPMN})) for tag in tags)


def _syntax_error(error: Any, name: str) -> LanewayError:
    line, column = error.position if error.position else (None, None)
    details = {"line": line, "column": column}
    text = str(error.msg or error)
    if "xcessive depth" in text:
        return Refused("too_deep", f"{name}:{line}: elements are nested over 256 deep; no diagram needs that.", details)
    if "too long" in text or "Resource limit" in text or "Huge" in text or "MAX_HUGE" in text:
        return TooLarge("too_large", f"{name}:{line}: a text or attribute is over 10 MB.", details)
    if "ncoding" in text:
        return UnsupportedEncoding(
            "unsupported_encoding", f"{name}:{line}: {text}. Save the file as UTF-8.", {**details, "allowed": ["UTF-8"]}
        )
    return Refused(
        "not_well_formed",
        f"{name}:{line}: this is not well-formed XML: {text}. Export the diagram again from the modeller.",
        details,
    )


def _unsupported_encoding(found: str, name: str) -> UnsupportedEncoding:
    return UnsupportedEncoding(
        "unsupported_encoding",
        f"{name} is written in {found}. Save it as UTF-8 (US-ASCII, ISO-8859-1 and windows-1252 are read too).",
        {"allowed": ["UTF-8", "US-ASCII", "ISO-8859-1", "windows-1252"]},
    )


def _dtd_forbidden(name: str) -> Refused:
    return Refused(
        "dtd_forbidden",
        f"{name} declares a document type or uses an entity. Remove the DOCTYPE; BPMN and DMN need none.",
    )


def _too_many_elements(count: int, name: str, limit: int = MAX_ELEMENTS, what: str = "elements") -> TooLarge:
    return TooLarge("too_many_elements", f"{name} has {count:,} {what}; {limit:,} is the most.", {"limit": limit})


def _too_many_attributes(name: str, line: int | None) -> Refused:
    return Refused(
        "too_many_attributes",
        f"{name}:{line}: an element has over {MAX_ATTRIBUTES:,} attributes or namespaces.",
        {"line": line, "limit": MAX_ATTRIBUTES},
    )
