"""Agents that pick tools drawn in the diagram: one job of theirs is one turn of a conversation that the database keeps."""
