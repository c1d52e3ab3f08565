"""What is worth saying of a diagram beyond whether it loads: one module per question, one table of them here.

``lint`` belongs to every reading of a file: it holds what refuses a deployment. ``examine`` is what ``laneway check`` adds: rules
of good drawing, paths that cannot meet, names that nobody writes. Nothing in it is an error, so a deployment does without.
"""

from __future__ import annotations

from collections.abc import Sequence

from laneway.diagrams.findings import Findings
from laneway.diagrams.lint.agent_tools import agent_tools
from laneway.diagrams.lint.agents import open_approvals, small_calls, suggest_agents, unguarded_agents
from laneway.diagrams.lint.authority import steering
from laneway.diagrams.lint.charter import charter
from laneway.diagrams.lint.connections import connections
from laneway.diagrams.lint.drawing import drawing
from laneway.diagrams.lint.lengths import lengths
from laneway.diagrams.lint.names import names, purpose
from laneway.diagrams.lint.reachability import no_way_out, unreachable
from laneway.diagrams.lint.soundness import soundness
from laneway.diagrams.lint.token_game import Effort
from laneway.diagrams.lint.variables import variables
from laneway.domain.contract import AgentContract
from laneway.domain.model import ProcessModel


def lint(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    """At every reading."""
    lengths(model, findings)
    connections(model, findings)
    unreachable(model, findings)
    names(model, findings)
    purpose(model, findings)
    suggest_agents(model, findings, contracts)
    agent_tools(model, findings, tuple(contracts))
    steering(model, findings, contracts)


def examine(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract], effort: Effort) -> None:
    """Only by ``laneway check``: warnings and infos. ``effort`` is shared by the processes of a file."""
    soundness(model, findings, effort)
    no_way_out(model, findings)
    drawing(model, findings)
    variables(model, findings, contracts)
    unguarded_agents(model, findings, contracts)
    open_approvals(model, findings, contracts)
    small_calls(model, findings, contracts)
    charter(model, findings, contracts)
