"""Draws diagrams for files that have none: shapes, waypoints and labels by BPMN 2.0's diagram interchange (chapter 12).

The same file always gives the same picture. What the file says is not touched; the picture is put in front of its end.
"""

from __future__ import annotations

from laneway.diagrams.document import Document
from laneway.diagrams.names import BPMNDI


def has_picture(document: Document) -> bool:
    """Whether any shape is drawn."""
    return next(document.root.iter("{" + BPMNDI + "}BPMNShape"), None) is not None


def layout(data: bytes, name: str, *, force: bool = False) -> bytes:
    """``data`` with a picture.

    Parameters
    ----------
    force
        Replace a picture that the file has already.

    Raises
    ------
    Refused, TooLarge, UnsupportedEncoding
        By the XML gate; or ``not_bpmn``, ``nothing_to_draw``.
    Conflict
        ``has_layout``: somebody drew the file; only ``force`` replaces it.
    """
    from laneway.diagrams.document import read_document
    from laneway.diagrams.findings import Findings, TooManyErrors
    from laneway.diagrams.layout.diagram import planes
    from laneway.diagrams.layout.writing import with_planes
    from laneway.diagrams.names import bpmn
    from laneway.diagrams.xml_gate import parse_xml
    from laneway.domain.errors import Conflict, Refused

    tree = parse_xml(data, name=name)
    findings = Findings(name)
    try:
        document = read_document(tree, findings)
    except TooManyErrors:
        raise Refused("nothing_to_draw", f"{name} has over a thousand errors; laneway check lists them.") from None
    if document.root.tag != bpmn("definitions"):
        raise Refused("not_bpmn", f"{name}: {findings.problems[0].message}. {findings.problems[0].fix}")
    if has_picture(document) and not force:
        raise Conflict(
            "has_layout", f"{name} has a layout already. Pass --force to replace what somebody drew by a new picture."
        )
    drawn = planes(document)
    if not drawn:
        raise Refused("nothing_to_draw", f"{name} holds no elements with ids that could be drawn.")
    taken = set(document.root.xpath("//@id[not(ancestor::di:BPMNDiagram)]", namespaces={"di": BPMNDI}))
    return with_planes(data, tree.docinfo.encoding or "UTF-8", drawn, taken)
