"""Bad inputs are refused with a code, fast, and without ever reaching a parser that would trust them."""

from __future__ import annotations

import re
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from laneway.diagrams import load
from laneway.diagrams.xml_gate import MAX_BYTES, parse_xml
from laneway.domain.errors import LanewayError
from tests.support.effort import effort

BPMN = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">%s</definitions>'
LAUGHS = b'<!DOCTYPE a [<!ENTITY b "%s"><!ENTITY c "%s">]><a>&c;</a>' % (b"x" * 1000, b"&b;" * 1000)

REFUSED = {
    "internal entity": (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "dtd_forbidden", 422),
    "external entity": (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "dtd_forbidden", 422),
    "parameter entity": (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><a/>', "dtd_forbidden", 422),
    "external DTD": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "dtd_forbidden", 422),
    "DTD after comments": (b'<?xml version="1.0"?><!-- <a> --><?x <b> ?>\n<!DOCTYPE a><a/>', "dtd_forbidden", 422),
    "billion laughs": (LAUGHS, "dtd_forbidden", 422),
    "undeclared entity": (b"<a>&e;</a>", "not_well_formed", 422),
    "UTF-16": ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), "unsupported_encoding", 415),
    "UTF-16 without mark": ("<a/>".encode("utf-16-le"), "unsupported_encoding", 415),
    "UTF-32": ("<a/>".encode("utf-32"), "unsupported_encoding", 415),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>', "unsupported_encoding", 415),
    "EBCDIC": ('<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037"), "unsupported_encoding", 415),
    "Shift_JIS": (b'<?xml version="1.0" encoding="Shift_JIS"?><a/>', "unsupported_encoding", 415),
    "wrong UTF-8": (b"<a>\xff\xff</a>", "unsupported_encoding", 415),
    "XInclude": (
        b'<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="file:///etc/passwd"/></a>',
        "xinclude_forbidden",
        422,
    ),
    "nesting": (b"<a>" * 100_000 + b"</a>" * 100_000, "too_deep", 422),
    "size": (b"<a>" + b"x" * MAX_BYTES + b"</a>", "too_large", 413),
    "elements": (b"<a>" + b"<b/>" * 560_000 + b"</a>", "too_many_elements", 413),
    "elements just over": (b"<a>" + b"<b/>" * 510_000 + b"</a>", "too_many_elements", 413),
    "flow nodes": (BPMN % (b"<process>" + b"<task/>" * 20_001 + b"</process>"), "too_many_flow_nodes", 413),
    "attributes": (
        b"<a " + b" ".join(b'a%d=""' % i for i in range(200_000)) + b"/>",
        "too_many_attributes",
        422,
    ),
    "a thousand attributes": (
        b"<a " + b" ".join(b'a%d=""' % i for i in range(1_001)) + b"/>",
        "too_many_attributes",
        422,
    ),
    "namespaces": (
        b"<a " + b" ".join(b'xmlns:a%d="u%d"' % (i, i) for i in range(200_000)) + b"/>",
        "too_many_attributes",
        422,
    ),
    "all attributes": (b"<a>" + b'<b c="" d="" e="" f="" g=""/>' * 320_000 + b"</a>", "too_many_attributes", 422),
    "nothing": (b"", "not_well_formed", 422),
    "no XML": (b"\x89PNG\r\n", "not_well_formed", 422),
    "two roots": (b"<a/><b/>", "not_well_formed", 422),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_its_code_quickly(case: str) -> None:
    data, code, status = REFUSED[case]

    def read() -> None:
        with pytest.raises(LanewayError) as refused:
            parse_xml(data, name="bad.bpmn")
        assert (refused.value.code, refused.value.status) == (code, status)
        assert "bad.bpmn" in refused.value.message

    assert effort(read) < 300


@pytest.mark.parametrize("case", ["elements", "attributes", "namespaces", "billion laughs", "all attributes"])
def test_memory_of_a_refusal_is_bounded(case: str) -> None:
    import resource

    data, _, _ = REFUSED[case]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()

    with pytest.raises(LanewayError):
        parse_xml(data, name="bad.bpmn")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("US-ASCII", "ascii"),
    ],
)
def test_the_four_encodings_are_read(declared: str, codec: str) -> None:
    text = "x" if codec == "ascii" else "Prüfung"

    tree = parse_xml(f'<?xml version="1.0" encoding="{declared}"?><a>{text}</a>'.encode(codec), name="good.bpmn")

    assert tree.getroot().text == text


def test_line_numbers_are_kept() -> None:
    tree = parse_xml(b"<a>\n\n<b/></a>", name="good.bpmn")

    assert tree.getroot()[0].sourceline == 3


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(LanewayError) as refused:
        parse_xml(b"<a>\n<b></a>", name="bad.bpmn")

    assert refused.value.details["line"] == 2


def test_doctype_inside_a_text_is_only_text() -> None:
    tree = parse_xml(b"<a><![CDATA[<!DOCTYPE a>]]><!-- <!DOCTYPE b> --></a>", name="good.bpmn")

    assert tree.getroot().text == "<!DOCTYPE a>"


FRAGMENTS = st.sampled_from(
    [
        b"<", b">", b"/>", b"</process>", b'<process id="p">', b'<task id="a"/>', b'<startEvent id="Start"/>',
        b'<sequenceFlow sourceRef="a" targetRef="b"/>', b'<boundaryEvent attachedToRef="a"/>', b"<laneSet><lane>",
        b"<flowNodeRef>a</flowNodeRef>", b"</lane></laneSet>", b"&amp;", b"&e;", b"<!--", b"-->", b"<![CDATA[", b"]]>",
        b"<!DOCTYPE a>", b'<subProcess triggeredByEvent="1">', b"</subProcess>", b"<extensionElements/>", b"\x00", b"\xff",
        b'<exclusiveGateway default="x"/>', b"<multiInstanceLoopCharacteristics/>", b"<standardLoopCharacteristics/>",
        b'<intermediateThrowEvent id="t"><linkEventDefinition/></intermediateThrowEvent>', b"<messageEventDefinition/>",
        b"<conditionExpression>a = (</conditionExpression>", b"<script>9**9**9</script>", b"<eventDefinitionRef>a",
    ]
)  # fmt: skip


@given(st.binary(max_size=300))
def test_random_bytes_only_ever_raise_errors_of_ours(data: bytes) -> None:
    with suppress(LanewayError):
        load(data, "random.bpmn")


@given(st.lists(FRAGMENTS, max_size=12), st.booleans())
def test_random_diagrams_only_ever_raise_errors_of_ours(fragments: list[bytes], walkthrough: bool) -> None:
    data = BPMN % (b'<process id="q">' + b"".join(fragments) + b"</process>")

    with suppress(LanewayError):
        diagram = load(data, "random.bpmn", walkthrough=walkthrough)
        assert diagram.processes or not diagram.deployable


EVERYTHING = (Path(__file__).parent / "files" / "everything.bpmn").read_bytes()


@given(
    st.integers(0, len(EVERYTHING) - 1), st.integers(0, 60), st.sampled_from([b"", b"<", b"x", b'"', b"<task>", b"&"])
)
def test_damaged_diagrams_only_ever_raise_errors_of_ours(start: int, length: int, instead: bytes) -> None:
    data = EVERYTHING[:start] + instead + EVERYTHING[start + length :]

    with suppress(LanewayError):
        load(data, "damaged.bpmn")


@given(st.data())
def test_exchanged_values_only_ever_raise_errors_of_ours(data: st.DataObject) -> None:
    values = sorted({each for each in re.findall(rb'"([^"<]*)"', EVERYTHING) if not each.startswith(b"http")})
    old, new = (
        data.draw(st.sampled_from(values)),
        data.draw(st.sampled_from([*values, b"", b" ", b"=", b"${", b"9" * 400])),
    )

    with suppress(LanewayError):
        load(EVERYTHING.replace(b'"%s"' % old, b'"%s"' % new), "exchanged.bpmn")
