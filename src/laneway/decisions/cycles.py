"""Circles in a graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["circles"]


def circles(edges: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """List circles, each with its nodes in order; walks without recursion, every edge once."""
    grey, black = 1, 2
    colours: dict[str, int] = {}
    for start in edges:
        path = [(start, iter(edges[start]))] if start not in colours else []
        colours.setdefault(start, grey)
        while path:
            current, rest = path[-1]
            following = next(rest, None)
            if following is None:
                colours[current] = black
                path.pop()
            elif colours.get(following) == grey:
                nodes = [node for node, _ in path]
                yield tuple(nodes[nodes.index(following) :])
            elif following in edges and following not in colours:
                colours[following] = grey
                path.append((following, iter(edges[following])))
