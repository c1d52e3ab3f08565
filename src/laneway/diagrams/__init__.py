"""Diagrams: bytes → XML gate → SpiffWorkflow's parser with element parsers of ours → ``ProcessModel``.

The only room that knows SpiffWorkflow. Everything is read at load: what does not parse, is not bound or does not run yet
is a problem that names the element, its line and what to do; the models still hold every node, flow, lane and event.
"""

from __future__ import annotations

from laneway.diagrams.bindings import read_bindings
from laneway.diagrams.loader import Diagram, load

__all__ = ["Diagram", "load", "read_bindings"]
