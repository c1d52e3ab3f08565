"""A receiver of OTLP over HTTP, and a model that is asked over HTTP, on ports of this machine."""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Span:
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    start: int
    end: int
    error: bool
    attributes: dict[str, Any]
    events: dict[str, dict[str, Any]]
    links: tuple[tuple[str, str], ...]
    resource: dict[str, Any] = field(default_factory=dict)


class _Server:
    """``with`` it; a class of its own for each kind of answer."""

    handler: ClassVar[type[BaseHTTPRequestHandler]]

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self._server.owner = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    @cached_property
    def body(self) -> bytes:
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        return gzip.decompress(content) if self.headers.get("content-encoding") == "gzip" else content

    def answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        return


class _Receives(_Handler):
    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        owner: Collector = self.server.owner  # type: ignore[attr-defined]
        owner.received.append(self.body)
        self.answer(ExportTraceServiceResponse().SerializeToString(), "application/x-protobuf")


class Collector(_Server):
    handler = _Receives

    def __init__(self) -> None:
        super().__init__()
        self.received: list[bytes] = []

    def spans(self) -> list[Span]:
        found = []
        for content in tuple(self.received):
            for of_resource in ExportTraceServiceRequest.FromString(content).resource_spans:
                resource = _facts(of_resource.resource.attributes)
                for of_scope in of_resource.scope_spans:
                    found += [_span(span, resource) for span in of_scope.spans]
        return found

    def named(self, name: str) -> Span:
        """The only one of that name."""
        (one,) = [span for span in self.spans() if span.name == name]
        return one


def _span(span: Any, resource: dict[str, Any]) -> Span:
    return Span(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.status.code == 2,
        _facts(span.attributes),
        {event.name: _facts(event.attributes) for event in span.events},
        tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        resource,
    )


def _facts(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


class _Thinks(_Handler):
    def do_POST(self) -> None:
        owner: Model = self.server.owner  # type: ignore[attr-defined]
        owner.asked.append(self.headers.get("traceparent"))
        assert self.body
        said = {
            "model": "tiny-1",
            "choices": [{"message": {"content": json.dumps(owner.says)}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 30, "completion_tokens": 5},
        }
        self.answer(json.dumps(said).encode(), "application/json")


class Model(_Server):
    """Speaks the chat-completions API. ``asked``: the ``traceparent`` of each question."""

    handler = _Thinks

    def __init__(self, says: Any) -> None:
        super().__init__()
        self.says = says
        self.asked: list[str | None] = []
