"""Finding the files that a DMN file imports (DMN 1.5, 6.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from laneway.decisions import boxed
from laneway.decisions.dmn_reader import read
from laneway.domain.errors import LanewayError

__all__ = ["Files", "Found", "Resolver", "is_dmn", "resolver_of"]

Resolver = Callable[[str, str | None], tuple[str, Any] | None]
"""Takes namespace and locationURI of an import; gives a file's name and source (bytes or tree), or None."""
Files = Mapping[str, Any] | Resolver | None
Found = tuple[str, boxed.Definitions]


def is_dmn(kind: str) -> bool:
    """Say whether an importType means DMN; the first files of DMN 1.1 leave it out."""
    return not kind or "omg.org/spec/DMN" in kind


def resolver_of(files: Files, elsewhere: Resolver | None = None) -> Callable[[boxed.Import], Found | None]:
    """Make a function that finds and reads what an import means; each file is read once.

    The namespace decides; among several files of one namespace, and where none has it, the name in locationURI does.
    """
    asked = [_among(one) if isinstance(one, Mapping) else _asking(one) for one in (files, elsewhere) if one is not None]
    return lambda wanted: next((found for ask in asked if (found := ask(wanted)) is not None), None)


def _asking(resolver: Resolver) -> Callable[[boxed.Import], Found | None]:
    read_already: dict[str, Found] = {}

    def ask(wanted: boxed.Import) -> Found | None:
        found = resolver(wanted.namespace, wanted.location)
        if found is None:
            return None
        name, source = found
        if name not in read_already:
            read_already[name] = name, read(source, name)
        return read_already[name]

    return ask


def _among(sources: Mapping[str, Any]) -> Callable[[boxed.Import], Found | None]:
    definitions: dict[str, boxed.Definitions | None] = {}

    def definitions_of(name: str) -> boxed.Definitions | None:
        if name not in definitions:
            try:
                definitions[name] = read(sources[name], name)
            except LanewayError:
                definitions[name] = None
        return definitions[name]

    def look(wanted: boxed.Import) -> Found | None:
        base = (wanted.location or "").replace("\\", "/").rpartition("/")[2]
        named = [name for name in sources if name.replace("\\", "/").rpartition("/")[2] == base]
        others = [name for name in sources if name not in named]
        for name in (*named, *others):
            found = definitions_of(name)
            if found is not None and found.namespace == wanted.namespace:
                return name, found
        for name in named:
            found = definitions_of(name)
            if found is not None:
                return name, found
        return None

    return look
