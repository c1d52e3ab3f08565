"""Contracts as they are deployed: a row for each, beside the version of the process that they came with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from laneway.commands.execution import Unit
from laneway.domain.contract import AgentContract
from laneway.domain.definition import ProcessDefinition
from laneway.domain.governed import DeployedContract


def add_contracts(unit: Unit, definition: ProcessDefinition, contracts: Iterable[AgentContract]) -> None:
    unit.uow.add_contracts(
        [
            DeployedContract(
                unit.uow.ids.next(),
                each.hash,
                each.name,
                definition.process_id,
                definition.version,
                definition.key,
                each.purpose,
                each.owner,
                each.adapter,
                str(each.config.get("model", "")),
                each.authority,
                unit.now,
                each.job_types,
                _plain(asdict(each)),
                definition.tenant_id,
            )
            for each in contracts
        ]
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return Decimal(repr(value))
    return value if value is None or isinstance(value, str | int | Decimal) else str(value)
