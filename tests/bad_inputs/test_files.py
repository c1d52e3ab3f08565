"""Files that no deployment takes: one table, one answer each, the same on both databases."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from tests.bad_inputs.conftest import Server, refused

HEAD = (
    b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" '
    b'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI">'
)


def file(body: bytes) -> bytes:
    return HEAD + body + b"</definitions>"


def process(body: bytes) -> bytes:
    return file(b'<process id="bad" isExecutable="true">' + body + b"</process>")


def shaped(x: bytes) -> bytes:
    return file(
        b'<process id="bad" isExecutable="true"><userTask id="drawn"/></process><bpmndi:BPMNDiagram><bpmndi:BPMNPlane>'
        b'<bpmndi:BPMNShape bpmnElement="drawn"><dc:Bounds x="' + x + b'" y="2" width="3" height="4"/>'
        b"</bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )


def declared(name: str, codec: str) -> bytes:
    return f'<?xml version="1.0" encoding="{name}"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'.encode(codec)


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


LAUGHS = b"<!DOCTYPE a [<!ENTITY l0 'ha'>%s]><a>&l20;</a>" % b"".join(
    b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 21)
)
CYCLE = (
    b'<startEvent id="s"/><exclusiveGateway id="g1"/><exclusiveGateway id="g2"/><sequenceFlow id="f0" sourceRef="s" '
    b'targetRef="g1"/><sequenceFlow id="f1" sourceRef="g1" targetRef="g2"/><sequenceFlow id="f2" sourceRef="g2" '
    b'targetRef="g1"/>'
)

Content = Callable[[], bytes]
FILES: dict[str, tuple[Content, int, str, tuple[str, ...]]] = {
    "internal entity": (lambda: b'<!DOCTYPE a [<!ENTITY e "x">]>' + process(b"&e;"), 422, "dtd_forbidden", ()),
    "external entity": (
        lambda: b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + process(b"&e;"), 422, "dtd_forbidden", (),
    ),
    "parameter entity": (
        lambda: b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><a/>', 422, "dtd_forbidden", (),
    ),
    "external DTD": (lambda: b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', 422, "dtd_forbidden", ()),
    "billion laughs": (lambda: LAUGHS, 422, "dtd_forbidden", ()),
    "quadratic blow-up": (
        lambda: b'<!DOCTYPE a [<!ENTITY e "' + b"x" * 100_000 + b'">]><a>' + b"&e;" * 100_000 + b"</a>",
        422, "dtd_forbidden", (),
    ),
    "UTF-7": (lambda: b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>', 415, "unsupported_encoding", ()),
    "UTF-16": (lambda: declared("UTF-16", "utf-16"), 415, "unsupported_encoding", ()),
    "UTF-16 unmarked": (lambda: declared("UTF-16", "utf-16-be"), 415, "unsupported_encoding", ()),
    "UTF-32": (lambda: declared("UTF-32", "utf-32"), 415, "unsupported_encoding", ()),
    "EBCDIC": (lambda: declared("cp037", "cp037"), 415, "unsupported_encoding", ()),
    "XInclude": (
        lambda: process(b'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
        422, "xinclude_forbidden", (),
    ),
    "100,000 deep": (lambda: process(b"<subProcess>" * 100_000 + b"</subProcess>" * 100_000), 422, "too_deep", ()),
    "20,001 flow nodes": (lambda: process(b"<task/>" * 20_001), 413, "too_many_flow_nodes", ()),
    "510,000 elements": (lambda: process(b"<x/>" * 510_000), 413, "too_many_elements", ()),
    "490,000 data objects": (lambda: process(b"<dataObject/>" * 490_000), 413, "too_many_elements", ()),
    "190,000 flows": (
        lambda: process(b'<task id="t"/>' + b'<sequenceFlow sourceRef="t" targetRef="t"/>' * 190_000),
        413, "too_many_elements", ("sequence flows",),
    ),
    "240,000 lanes": (lambda: process(b"<laneSet>" + b"<lane/>" * 240_000 + b"</laneSet>"), 413, "too_many_lanes", ()),
    "240,000 processes": (lambda: file(b"<process/>" * 240_000), 413, "too_many_processes", ()),
    "200,000 event definitions": (
        lambda: process(b"<startEvent>" + b"<timerEventDefinition/>" * 200_000 + b"</startEvent>"),
        413, "too_many_elements", (),
    ),
    "200,000 attributes": (
        lambda: b"<a " + b" ".join(b'a%d=""' % n for n in range(200_000)) + b"/>", 422, "too_many_attributes", (),
    ),
    "1,001 attributes": (
        lambda: process(b"<task " + b" ".join(b'a%d=""' % n for n in range(1_001)) + b"/>"),
        422, "too_many_attributes", (),
    ),
    "200,000 namespaces": (
        lambda: b"<a " + b" ".join(b'xmlns:a%d="u%d"' % (n, n) for n in range(200_000)) + b"/>",
        422, "too_many_attributes", (),
    ),
    "duplicate id": (
        lambda: process(b'<startEvent id="twin"/><endEvent id="twin"/>'),
        422, "duplicate_id", ("twin", "startEvent", "endEvent"),
    ),
    "19,000 duplicate ids": (lambda: process(b'<task id="twin"/>' * 19_000), 422, "duplicate_id", ("not read on",)),
    "19,000 unbound tasks": (lambda: process(b"<serviceTask/>" * 19_000), 422, "diagram_invalid", ("not read on",)),
    "dangling reference": (
        lambda: process(b'<startEvent id="s"/><sequenceFlow id="loose" sourceRef="s" targetRef="nowhere"/>'),
        422, "diagram_invalid", ("loose", "nowhere", "dangling_reference"),
    ),
    "50,000 dangling references": (
        lambda: process(
            b'<task id="t"/>' + b"".join(b'<sequenceFlow sourceRef="t" targetRef="u%d"/>' % n for n in range(50_000))
        ),
        422, "diagram_invalid", ("not read on",),
    ),
    "unknown element": (lambda: process(b'<wonderTask id="w"/>'), 422, "diagram_invalid", ("wonderTask",)),
    "240,000 unknown elements": (lambda: process(b"<nope/>" * 240_000), 422, "diagram_invalid", ("nope",)),
    "gateways in a circle": (lambda: process(CYCLE), 422, "diagram_invalid", ("no_wait_state",)),
    "layout NaN": (lambda: shaped(b"NaN"), 422, "diagram_invalid", ("drawn", "NaN")),
    "layout infinite": (lambda: shaped(b"1e999"), 422, "diagram_invalid", ("drawn",)),
    "layout text": (lambda: shaped(b"left"), 422, "diagram_invalid", ("drawn", "left")),
    "not XML": (lambda: b"no xml at all", 422, "not_well_formed", ()),
    "nothing": (lambda: b"", 422, "not_well_formed", ()),
    "zip bomb": (lambda: zipped("a.bpmn", b"\0" * 50_000_000), 415, "unsupported_encoding", ()),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_diagram_that_is_refused(server: Server, case: str) -> None:
    content, status, code, says = FILES[case]
    data = content()

    with server.unchanged(audited=1):
        answer = server.upload(("bad.bpmn", data))

    refused(answer, status, code)
    assert len(answer.content) < 1_000_000
    for text in says:
        assert text in answer.text
    (record, *_) = server.search("audit-logs", entityType="RESOURCE", result="FAIL")
    assert record["result"] == "FAIL"


@pytest.mark.parametrize("kind", [".dmn", ".form", ".agents.yaml", ".bindings.yaml"])
@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        b"\xff\xfe\x00\x00",
        b"[" * 100_000,
        b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        b"!!python/object/apply:os.system ['touch /tmp/laneway-was-here']",
        b'{"id":"f","components":[],"x":' + b"9" * 400 + b"}",
        b'{"id":"f","components":[],"id":"g"}',
        b'{"id":"f\\u0000","components":[]}',
        b"{" + b",".join(b'"k%d":{}' % n for n in range(50_000)) + b"}",
    ],
    ids=["entity", "binary", "deep", "aliases", "python tag", "digits", "twice", "nul", "50,000 keys"],
)
def test_other_kinds_of_files_that_are_refused(server: Server, kind: str, content: bytes) -> None:
    with server.unchanged(audited=1):
        answer = server.upload((f"bad{kind}", content))

    assert answer.status_code in (400, 415, 422), answer.text[:500]
    refused(answer, answer.status_code)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\..\\windows\\win.ini",
        "a/../../b.txt",
        "~root",
        "CON",
        "x" * 500,
        "näme ☃",
    ],
)
def test_a_file_name_is_data(server: Server, name: str) -> None:
    content = f"knowledge called {name}".encode()

    answer = server.upload((name, content))

    assert answer.status_code == 200, answer.text
    resource = answer.json()["deployments"][0]["resource"]
    assert resource["resourceName"] == name
    found = server.client.get(f"/v2/resources/{resource['resourceKey']}/content/binary")
    assert found.content == content
    assert found.headers["content-disposition"] == "attachment"
    assert not (server.folder.parent / "passwd").exists()


@pytest.mark.parametrize("name", ["x" * 600, "a\x01b.txt", " ", "bell\x07"])
def test_a_file_name_that_is_none(server: Server, name: str) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="resources"; filename="%s"\r\n\r\nhi\r\n--x--\r\n' % name.encode()
    )
    with server.unchanged(audited=1):
        answer = server.client.post(
            "/v2/deployments", content=body, headers={"content-type": "multipart/form-data; boundary=x"}
        )

    refused(answer, 400, "file_name_invalid")


def test_an_archive_is_a_file_and_never_unpacked(server: Server) -> None:
    bomb = zipped("../../../tmp/escaped.bpmn", b"\0" * 50_000_000)

    with server.bounded():
        answer = server.upload(("bomb.zip", zipped("inner.zip", bomb)))

    assert answer.status_code == 200, answer.text
    assert not (server.folder.parent / "escaped.bpmn").exists()


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("path", ["/v2/deployments", "/v2/deployments/check", "/v2/process-instances"])
def test_a_body_over_the_limit_is_not_read_to_its_end(server: Server, path: str, announced: bool) -> None:
    import socket

    multipart = "deployments" in path
    kind = "multipart/form-data; boundary=x" if multipart else "application/json"
    lead = b'--x\r\nContent-Disposition: form-data; name="resources"; filename="a.bpmn"\r\n\r\n' if multipart else b"{"
    host, port = server.address.removeprefix("http://").split(":")
    length = "Content-Length: 5000000000" if announced else "Transfer-Encoding: chunked"
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n{length}\r\n\r\n".encode()

    def chunk(data: bytes) -> bytes:
        return data if announced else b"%x\r\n%s\r\n" % (len(data), data)

    with server.unchanged(), socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head + chunk(lead))
        if not announced:
            # Eleven million bytes; no end of the body is ever sent, and the answer comes all the same.
            connection.sendall(chunk(b" " * 100_000) * 101)
        answer = b""
        while b"body_too_large" not in answer and (piece := connection.recv(65536)):
            answer += piece

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
