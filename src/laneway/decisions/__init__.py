"""Decisions: DMN files, their tables and expressions, evaluated as pure functions of variables and ``now``."""

from laneway.decisions.errors import DecisionFailed
from laneway.decisions.lint import lint_decisions
from laneway.decisions.load import load_decisions
from laneway.decisions.model import Decision, DecisionModel, DecisionResult
from laneway.decisions.table import MatchedRule

__all__ = [
    "Decision",
    "DecisionFailed",
    "DecisionModel",
    "DecisionResult",
    "MatchedRule",
    "lint_decisions",
    "load_decisions",
]
