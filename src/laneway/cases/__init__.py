"""Cases: stories that a process must get right, told in YAML beside the diagram and played with virtual time.

``load_case`` reads one, ``run_case`` plays it on an in-memory store with the real engine and the real agents, and holds
what happened against what the process owner expects. See docs/reference/cases.md.
"""

from laneway.cases.case import Case, Expectation, Step, load_case
from laneway.cases.coverage import Coverage, coverage_of
from laneway.cases.folder import ProcessFolder, find_folder, find_folders, shipped_folder
from laneway.cases.runner import CaseResult, run_case
from laneway.cases.services import Services
from laneway.cases.session import Note, Session

__all__ = [
    "Case",
    "CaseResult",
    "Coverage",
    "Expectation",
    "Note",
    "ProcessFolder",
    "Services",
    "Session",
    "Step",
    "coverage_of",
    "find_folder",
    "find_folders",
    "load_case",
    "run_case",
    "shipped_folder",
]
