"""Laneway runs BPMN 2.0 diagrams in which people, AI agents and systems work together."""

__version__ = "0.1.0"
