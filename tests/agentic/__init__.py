"""Agents that pick tools drawn in the diagram; the drawings stand beside the tests."""
