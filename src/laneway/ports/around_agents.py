"""What is kept of what people set around agents: the part of a unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from laneway.domain.governed import BudgetRow, DeployedContract, KillSwitch, RegisteredSource, Reservation


class AroundAgents(Protocol):
    # Kill switches
    def standing_switches(self) -> Sequence[KillSwitch]:
        """Kill switches that nobody has lifted, of every tenant, the oldest first."""
        ...

    def kill_switch(self, key: int) -> KillSwitch | None: ...
    def add_kill_switch(self, switch: KillSwitch) -> None: ...
    def lift_kill_switch(self, switch: KillSwitch, by: str, reason: str | None, at: datetime) -> None:
        """Raises StaleState if it is not as it was read."""
        ...

    def agents_waiting(self, tenant_ids: Sequence[str]) -> Sequence[tuple[str, int, str, str]]:
        """(tenant, definition key, process id, agent) of agent jobs that may be handed out, each once."""
        ...

    # Budgets
    def budgets(self, tenant_id: str, wanted: Sequence[tuple[str, str, str, str]]) -> Sequence[BudgetRow]:
        """Of (span, key of the span, measure, currency), made where they are not there yet. Nobody else adds to them until the
        transaction ends."""
        ...

    def budgets_by_key(self, keys: Iterable[int]) -> Sequence[BudgetRow]:
        """Locked as ``budgets``."""
        ...

    def write_budgets(self, rows: Iterable[BudgetRow]) -> None:
        """Under the fence of each (raises StaleState)."""
        ...

    def add_reservation(self, reservation: Reservation) -> None: ...
    def reservation(self, key: int) -> Reservation | None:
        """Nobody else settles it until the transaction ends."""
        ...

    def settle_reservation(self, key: int, actual: Mapping[str, int] | None) -> None: ...
    def lost_reservations(self, limit: int) -> Sequence[Reservation]:
        """Those that should have been settled by now; locked likewise."""
        ...

    def grants_left(self, job_key: int) -> int:
        """How many more calls of a job people have let go beyond a limit that asks, by resolving its incidents."""
        ...

    # Registered sources, contracts
    def registered_sources(self, tenant_id: str, names: Sequence[str]) -> Sequence[RegisteredSource]: ...
    def registered_source(self, key: int) -> RegisteredSource | None: ...
    def add_registered_source(self, source: RegisteredSource) -> bool:
        """False if the tenant has one of that name."""
        ...

    def update_registered_source(self, source: RegisteredSource, **changes: Any) -> RegisteredSource:
        """Write ``changes`` under the fence of ``source`` (raises StaleState), returning the new one."""
        ...

    def source_commands(self, key: int) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Who changed a source and how, as the record has it (details), newest first."""
        ...

    def add_contracts(self, contracts: Sequence[DeployedContract]) -> None: ...
    def deployed_adapters(self, tenant_ids: Sequence[str]) -> Sequence[str]:
        """Names of the adapters that contracts deployed for these tenants name, each once."""
        ...
