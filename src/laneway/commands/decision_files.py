"""The DMN files that a DMN file imports: those deployed with it, or else those deployed before.

An import names a namespace (DMN 1.5, 6.3.3). A file of the same deployment has it, or the latest deployed file of the tenant that
has it is taken. Which file that was is kept with the importing one, so that it stays what it was when others are deployed. What
a taken file imports in turn is taken as it was at its own deployment, unless the new deployment imports that itself: within
one decision a namespace is one file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from laneway.domain.definition import Resource
from laneway.ports import UnitOfWork

Reading = Callable[[Callable[[UnitOfWork], Any]], Any]
"""Calls a function with a transaction to read in."""


class DecisionFiles(Mapping[str, Any]):
    """The DMN files of a deployment, which may import each other; each is read by the gate when it is asked for."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents
        self._trees: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._trees:
            self._trees[name] = _tree(self._contents[name], name)
        return self._trees[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)


class Deployed:
    """Gives files that were deployed before to the files of one deployment, by namespace.

    Parameters
    ----------
    direct
        Tells the namespaces that files of the deployment import by themselves; asked once, if anything is looked for.
    """

    def __init__(self, reading: Reading, tenant_id: str, direct: Callable[[], frozenset[str]]) -> None:
        self._reading = reading
        self._tenant_id = tenant_id
        self._direct = direct
        self._namespaces: frozenset[str] | None = None

    def importer(self, names: Sequence[str]) -> Importer:
        """For one file; ``names`` are those of the files beside it."""
        taken: list[Resource] = []

        def find(namespace: str) -> Resource | None:
            if self._namespaces is None:
                self._namespaces = self._direct()
            earlier = () if namespace in self._namespaces else taken
            found: Resource | None = self._reading(lambda uow: self._find(uow, namespace, earlier))
            if found is not None:
                taken.append(found)
            return found

        return Importer(find, names)

    def _find(self, uow: UnitOfWork, namespace: str, earlier: Sequence[Resource]) -> Resource | None:
        for one in earlier:
            for beside in uow.resources_of(one.deployment_key):
                if beside.namespace == namespace:
                    return beside
            if namespace in one.imports:
                return uow.resource(one.imports[namespace])
        return uow.latest_decision_file(namespace, self._tenant_id)


class Importer:
    """Finds what one file imports from outside of its deployment, and remembers it.

    Attributes
    ----------
    found
        Keys of the resources by namespace.
    """

    def __init__(self, find: Callable[[str], Resource | None], names: Sequence[str]) -> None:
        self._find = find
        self._names = set(names)
        self._known: dict[str, tuple[str, Any] | None] = {}
        self.found: dict[str, int] = {}

    def __call__(self, namespace: str, location: str | None) -> tuple[str, Any] | None:
        """As ``decisions.workspace.Resolver``: the file's name and tree."""
        if not namespace:
            return None
        if namespace not in self._known:
            resource = self._find(namespace)
            self._known[namespace] = None if resource is None else self._take(resource, namespace)
        return self._known[namespace]

    def _take(self, resource: Resource, namespace: str) -> tuple[str, Any]:
        name = resource.name if resource.name not in self._names else f"{resource.name} ({resource.key})"
        self._names.add(name)
        self.found[namespace] = resource.key
        return name, _tree(resource.content, name)


def pinned(uow: UnitOfWork, resource: Resource, names: Sequence[str]) -> Importer:
    """Find what a deployed file imports, as it was at its deployment."""

    def find(namespace: str) -> Resource | None:
        key = resource.imports.get(namespace)
        return None if key is None else uow.resource(key)

    return Importer(find, names)


def namespaces_imported(trees: Mapping[str, Any]) -> frozenset[str]:
    """List the namespaces that these files import; one that can't be read imports nothing."""
    from laneway.decisions.dmn_reader import read
    from laneway.domain.errors import LanewayError

    found: set[str] = set()
    for name in trees:
        try:
            found.update(one.namespace for one in read(trees[name], name).imports)
        except LanewayError:
            continue
    return frozenset(found)


def _tree(content: bytes, name: str) -> Any:
    from laneway.diagrams.xml_gate import parse_xml

    return parse_xml(content, name=name)
