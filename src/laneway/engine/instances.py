"""Deploying, starting, ending and correcting instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway import commands, queries
from laneway.commands.context import (
    CheckReport,
    StartedInstance,
)
from laneway.commands.execution import carry_out
from laneway.domain.definition import Deployment
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM, Actor
from laneway.engine.base import DEFAULT_TENANTS, Base


class Instances(Base):
    # Definitions

    def check(self, files: Sequence[tuple[str, bytes]], *, walkthrough: bool | None = None) -> CheckReport:
        """Read the files as ``deploy`` would and report every problem; nothing is written.

        Gate faults (DTD, encoding, size) become problems of severity error here too, so that a report is always given.
        """
        return commands.check(self._context, files, walkthrough=walkthrough)

    def deploy(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        walkthrough: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Deployment:
        """Deploy files (name, bytes) together; which kind a file is, its name says.

        Identical to what is deployed already: the existing definitions come back with their keys and versions.
        ``walkthrough`` overrides ``isExecutable``. ``metadata`` (owner, outcome …) goes into the audit record.

        Raises
        ------
        Refused
            ``diagram_invalid`` with ``problems``; ``dtd_forbidden``, ``duplicate_process_id``, ``file_invalid`` …
        TooLarge, UnsupportedEncoding, InvalidInput
        """
        return commands.deploy(
            self._context,
            files,
            tenant_id=tenant_id,
            actor=actor,
            walkthrough=walkthrough,
            metadata=metadata,
            idempotency_key=idempotency_key,
        )

    # Process instances

    def start_instance(
        self,
        *,
        process_id: str | None = None,
        definition_key: int | None = None,
        version: int | None = None,
        variables: Mapping[str, Any] | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        tags: Sequence[str] = (),
        business_id: str | None = None,
        start_element_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> StartedInstance:
        """Start the latest version of ``process_id`` (or ``version``), or exactly ``definition_key``.

        ``version`` None or -1: the latest. ``start_element_id`` names one of several start events, also one with a
        trigger (as if it had been triggered). NotFound ``process_not_found``; InvalidInput ``no_none_start_event``.
        Variables are validated against the start form if the process has one and the actor is a user.
        """
        command = commands.start_instance(
            process_id=process_id,
            definition_key=definition_key,
            version=version,
            variables=variables or {},
            tenant_id=tenant_id,
            actor=actor,
            tags=tags,
            business_id=business_id,
            start_element_id=start_element_id,
            idempotency_key=idempotency_key,
        )
        return carry_out(self._context, command)

    def create_and_await(
        self,
        *,
        timeout: float,
        fetch_variables: Sequence[str] | None = None,
        process_id: str | None = None,
        definition_key: int | None = None,
        version: int | None = None,
        variables: Mapping[str, Any] | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        tags: Sequence[str] = (),
        business_id: str | None = None,
        start_element_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> StartedInstance:
        """Start and wait up to ``timeout`` seconds for the end.

        ``completed`` is False when the time was up first (the instance goes on; the wire answers 504), else ``state``
        is how it ended and ``variables`` are those of the root scope (only ``fetch_variables`` if given).
        """
        started = self.start_instance(
            process_id=process_id,
            definition_key=definition_key,
            version=version,
            variables=variables,
            tenant_id=tenant_id,
            actor=actor,
            tags=tags,
            business_id=business_id,
            start_element_id=start_element_id,
            idempotency_key=idempotency_key,
        )
        return queries.await_completion(self._context, started, timeout=timeout, fetch_variables=fetch_variables)

    def await_completion(
        self, started: StartedInstance, *, timeout: float, fetch_variables: Sequence[str] | None = None
    ) -> StartedInstance:
        """Wait up to ``timeout`` seconds (0: only look) for the end of an instance; gives what ``create_and_await`` does."""
        return queries.await_completion(self._context, started, timeout=timeout, fetch_variables=fetch_variables)

    def cancel_instance(
        self, process_instance_key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """Terminate a root process instance and all below it. NotFound ``process_instance_not_found`` if it ended;
        Conflict ``not_root_instance`` if it was called by another (cancel that one)."""
        commands.cancel_instance(self._context, process_instance_key, actor=actor, tenant_ids=tenant_ids)

    def delete_instance(
        self, process_instance_key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """Always refused so far, honestly: history is kept, see docs/reference/history.md. NotFound if unknown;
        Conflict ``instance_active`` while it runs; Forbidden ``history_is_kept`` after."""
        commands.delete_instance(self._context, process_instance_key, actor=actor, tenant_ids=tenant_ids)

    def set_variables(
        self,
        element_instance_key: int,
        variables: Mapping[str, Any],
        *,
        local: bool = False,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Write variables at a live element instance (a process instance key for its root scope). NotFound
        ``element_instance_not_found`` if there is none alive."""
        commands.set_variables(
            self._context, element_instance_key, variables, local=local, actor=actor, tenant_ids=tenant_ids
        )

    # Ad-hoc sub-processes

    def activate_ad_hoc_activities(
        self,
        element_instance_key: int,
        elements: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        cancel_remaining: bool = False,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Begin ``elements`` (id, variables of the activation) in a live ad-hoc sub-process instance. NotFound
        ``ad_hoc_sub_process_not_found``; InvalidInput ``ad_hoc_activity_unknown``; Conflict ``ad_hoc_sub_process_ending``."""
        commands.activate_ad_hoc_activities(
            self._context,
            element_instance_key,
            elements,
            cancel_remaining=cancel_remaining,
            actor=actor,
            tenant_ids=tenant_ids,
        )
