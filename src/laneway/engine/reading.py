"""Questions: they change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from laneway import queries
from laneway.domain.definition import FormDefinition, ProcessDefinition, Resource
from laneway.engine.base import DEFAULT_TENANTS, Base
from laneway.ports import Page, SearchQuery
from laneway.queries.timeline import TimelineEntry


class Reading(Base):
    def search(self, query: SearchQuery) -> Page:
        """Rows of a resource; which there are stands in ``store/search.py``. InvalidInput for an unknown field, operator or cursor."""
        return queries.search(self._context, query)

    def get(
        self, resource: str, key: int | str, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """One row, shaped as ``search`` shapes it. NotFound ``<resource>_not_found``."""
        return queries.get(self._context, resource, key, tenant_ids=tenant_ids)

    def history(
        self, process_instance_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> list[TimelineEntry]:
        """What happened, in order, readable: who or what did what, when, on which data. Of the whole root."""
        return queries.history(self._context, process_instance_key, tenant_ids=tenant_ids)

    def raw_history(
        self, process_instance_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> list[dict[str, Any]]:
        """The commands that the root saw, as stored: ``sequence at actor operation events audit``."""
        return queries.raw_history(self._context, process_instance_key, tenant_ids=tenant_ids)

    def process_definition(
        self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> ProcessDefinition:
        """NotFound ``process_not_found``."""
        return queries.process_definition(self._context, definition_key, tenant_ids=tenant_ids)

    def definition_xml(self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS) -> bytes:
        """The diagram's bytes as they were deployed. NotFound ``process_not_found``."""
        return queries.definition_xml(self._context, definition_key, tenant_ids=tenant_ids)

    def definition_contents(
        self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """Elements, flows, lanes and all that is drawn beside them. NotFound ``process_not_found``."""
        return queries.definition_contents(self._context, definition_key, tenant_ids=tenant_ids)

    def definition_charter(
        self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """The twelve questions with their answers and what is missing. NotFound ``process_not_found``."""
        return queries.definition_charter(self._context, definition_key, tenant_ids=tenant_ids)

    def resources(self, deployment_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS) -> list[Resource]:
        """All files of a deployment. NotFound ``deployment_not_found``."""
        return queries.resources(self._context, deployment_key, tenant_ids=tenant_ids)

    def resource(self, resource_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS) -> Resource:
        """One file. NotFound ``resource_not_found``."""
        return queries.resource(self._context, resource_key, tenant_ids=tenant_ids)

    def user_task_form(
        self, user_task_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> FormDefinition | None:
        """The form of a user task; None if it has none (204 on the wire). NotFound for an unknown task."""
        return queries.user_task_form(self._context, user_task_key, tenant_ids=tenant_ids)

    def start_form(
        self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> FormDefinition | None:
        """The form that starts the process; None if it has none."""
        return queries.start_form(self._context, definition_key, tenant_ids=tenant_ids)

    def user_task_variables(
        self, user_task_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """All variables that the person sees with the task, those of its own scope first."""
        return queries.user_task_variables(self._context, user_task_key, tenant_ids=tenant_ids)

    def provenance(self, variable_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS) -> dict[str, Any]:
        """Every write of a variable, oldest first: who or what, from which inputs, of which origins. NotFound for an unknown one."""
        return queries.provenance(self._context, variable_key, tenant_ids=tenant_ids)

    def element_statistics(
        self, process_instance_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> list[dict[str, Any]]:
        """Per element of one instance: ``elementId active canceled incidents completed``."""
        return queries.element_statistics(self._context, process_instance_key, tenant_ids=tenant_ids)

    def taken_flows(
        self, process_instance_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> list[str]:
        """Ids of the sequence flows that one process instance took, each once, in the order of their first use."""
        return queries.taken_flows(self._context, process_instance_key, tenant_ids=tenant_ids)

    def verify_audit(self) -> Mapping[str, Any]:
        """Check the hash chains: ``{"checked": n, "first_bad": None | {...}}``."""
        return queries.verify_audit(self._context)

    def now(self) -> datetime:
        """The database's clock (virtual in tests and cases)."""
        return queries.now(self._context)
