"""What every part of the compiler needs to know about the file and the mode it is read in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from laneway.diagrams.correlation import Correlations
from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.record import ElementRecord, Reading
from laneway.diagrams.texts import Texts
from laneway.domain.contract import AgentContract
from laneway.domain.model import MessageKey


@dataclass(slots=True)
class Context:
    """``strict``: the process runs by itself; else what it leaves open becomes human work (walkthrough)."""

    findings: Findings
    texts: Texts
    strict: bool
    bindings: Mapping[str, Reading]
    contracts: Sequence[AgentContract]
    agent_of_job_type: Mapping[str, str] = field(default_factory=dict)
    correlations: Correlations = field(default_factory=Correlations)
    process_id: str = ""
    namespaces: frozenset[str] = frozenset()
    """What the file declares, and by that whose engine it is meant for."""
    bound: set[str] = field(default_factory=set)
    """Ids of elements and flows that a binding was found for."""

    def reading_of(self, record: ElementRecord) -> Reading:
        """Bindings first, then the diagram's own."""
        binding = self.bindings.get(record.id)
        if binding is None:
            return record.reading
        self.bound.add(record.id)
        lower = record.reading
        if binding.job_type is not None or binding.agent is not None:
            lower = Reading().over(lower)
            lower.decision = lower.script = None
            if binding.agent is not None:
                lower.job_type = None
        elif binding.decision is not None or binding.script is not None:
            lower = Reading().over(lower)
            lower.job_type = None
        return binding.over(lower)

    def message_key(self, record: ElementRecord, message: str | None, *, receives: bool) -> MessageKey | None:
        own = self.reading_of(record).correlation_paths if receives else ()
        return self.correlations.key_of(message, record.id, self.process_id, self.texts, receives=receives, own=own)


def at(record: ElementRecord) -> Where:
    return Where(record.id, record.name, record.line)
