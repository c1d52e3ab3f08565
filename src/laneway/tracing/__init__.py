"""Traces of OpenTelemetry: one per root instance, through requests, commands, jobs and agent calls of all processes.

Only room that imports OpenTelemetry, and only imported where tracing is on. docs/reference/traces.md lists spans and attributes.
"""

from __future__ import annotations

from laneway.tracing.egress import TracedEgress
from laneway.tracing.tracer import Tracer, open_tracer

__all__ = ["TracedEgress", "Tracer", "open_tracer"]
