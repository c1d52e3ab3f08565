"""The way out, with the header that tells who is asked which trace the question belongs to."""

from __future__ import annotations

from dataclasses import replace

from laneway.ports import Egress, EgressRequest, EgressResponse
from laneway.tracing.tracer import Tracer

HEADER = "traceparent"


class TracedEgress:
    """See ``laneway.ports.Egress``. A header that a contract gives stays as it is."""

    def __init__(self, inner: Egress, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    async def send(self, request: EgressRequest) -> EgressResponse:
        said = self._tracer.traceparent()
        if said is not None and not any(name.lower() == HEADER for name in request.headers):
            request = replace(request, headers={**request.headers, HEADER: said})
        return await self._inner.send(request)
