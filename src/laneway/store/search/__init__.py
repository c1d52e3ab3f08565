"""Searches: a declared table of wire fields per resource, compiled to SQL."""

from laneway.store.search.compiler import get, search

__all__ = ["get", "search"]
