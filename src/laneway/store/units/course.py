"""An instance that took a known course is written as what it leaves behind: its row as it ended, its variables, one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from laneway.domain.course import CourseTaken
from laneway.domain.definition import ProcessDefinition
from laneway.domain.types import ProcessInstanceState
from laneway.domain.work import AuditEntry
from laneway.store import json
from laneway.store.chain import GENESIS
from laneway.store.prepared import insert_into
from laneway.store.routes import Known, Told
from laneway.store.tables import process_instance, variable
from laneway.store.units.audit import INSERT_RECORD, AuditUnit

TOLD_BY_A_ROUTE: tuple[Any, ...] = (None, None, None, None)
"""In the place of what the row of a root keeps of its element."""
_COMPLETED = ProcessInstanceState.COMPLETED.value
_INSERT_INSTANCE = insert_into(process_instance)
_INSERT_VARIABLE = insert_into(variable)


class CourseUnit(AuditUnit):
    _definition: Callable[[int], ProcessDefinition]

    def _told_by_course(self, taken: CourseTaken, base: int, tenant_id: str) -> Told | None:
        """How the record ``base`` tells it, where this process knows that its route is stored."""
        place = _place(taken, base, tenant_id)
        return None if place is None else self._routes.of_course(place)

    def _remember_course(self, taken: CourseTaken, base: int, tenant_id: str, known: Known) -> None:
        """``known`` tells events and elements of the course, all of them."""
        place = _place(taken, base, tenant_id)
        if place is not None:
            self._routes.keep_course(place, known.bare)

    def _write_course(
        self,
        taken: CourseTaken,
        told: Told,
        key: int,
        entry: AuditEntry,
        fences: tuple[int, int],
        tags: Sequence[str],
        business_id: str | None,
        origins: int,
    ) -> None:
        [(root_key, (definition_key, _, _))] = taken.process_instances.items()
        tenant_id, at = entry.tenant_id, self._at()
        record, head = self._record(entry, root_key, (0, GENESIS), told, key, *fences)
        definition = self._definition(definition_key)
        buffer = self._writes()
        buffer.put_ready(
            _INSERT_INSTANCE,
            [
                (
                    root_key,
                    tenant_id,
                    root_key,
                    None,
                    None,
                    definition_key,
                    definition.process_id,
                    definition.name,
                    definition.version,
                    definition.version_tag,
                    _COMPLETED,
                    1,
                    at,
                    at,
                    False,
                    json.encode(list(tags)) if tags else "[]",
                    business_id,
                    head[0],
                    record[-3],
                    origins,
                    *TOLD_BY_A_ROUTE,
                )
            ],
            [root_key],
        )
        if taken.variables:
            encode = json.encode
            keys = self.ids.take(len(taken.variables))
            rows: list[Sequence[Any]] = [
                (root_key, name, of_it, tenant_id, root_key, root_key, encode(value), at)
                for of_it, ((_, name), value) in zip(keys, taken.variables.items(), strict=True)
            ]
            buffer.put_ready(_INSERT_VARIABLE, rows, [*keys])
        buffer.put_ready(INSERT_RECORD, [record], [key])
        buffer.touch((root_key,))
        self._heads[root_key, ""] = head
        taken.state.version = 1


def _place(taken: CourseTaken, base: int, tenant_id: str) -> tuple[Any, ...] | None:
    """What a route depends on, besides the course; None where the keys do not follow one another."""
    keys = taken.keys
    root_key = keys[0]
    if keys[-1] - root_key != len(keys) - 1:
        return None
    return taken.course, taken.process_instances[root_key][0], root_key - base, tenant_id
