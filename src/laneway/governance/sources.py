"""The register of data sources: what an agent may draw on today, and whether what it cites is that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

from laneway.domain.contract import AgentContract, DataSource
from laneway.domain.governed import RegisteredSource
from laneway.governance.durations import seconds


@dataclass(frozen=True, slots=True)
class Sifted:
    """``files`` that the agent may see. ``notes`` for the record: ``{"used": [name], "withheld": [{"source", "reason"}]}``."""

    files: Mapping[str, bytes]
    notes: Mapping[str, Any] = field(default_factory=dict)


def why_not(source: DataSource, today: date) -> str | None:
    """Why nobody may draw on ``source`` on the day ``today`` (UTC); None if it is approved, valid and fresh."""
    if source.register is not None and source.entry is None:
        return f"the register has no source {source.register!r}"
    if source.status != "approved":
        return f"its status is {source.status}"
    if source.valid_from is not None and today < source.valid_from:
        return f"not valid before {source.valid_from.isoformat()}"
    if source.valid_until is not None and today > source.valid_until:
        return f"not valid since {source.valid_until.isoformat()}"
    if source.max_age is not None:
        if source.reviewed is None:
            return "nobody says when it was reviewed"
        if today > source.reviewed + timedelta(seconds=source.max_age):
            return f"not reviewed since {source.reviewed.isoformat()}"
    return None


def resolved(source: DataSource, found: RegisteredSource | None) -> DataSource:
    """``source`` as the register has it now; as it is where the register does not know it, which lets nobody draw on it."""
    if found is None:
        return source
    approved = f", approved by {found.approved_by}" if found.approved_by else ""
    return replace(
        source,
        owner=found.owner,
        status=found.status if found.status in ("approved", "outdated") else "draft",  # type: ignore[arg-type]
        files=(*source.files, *found.files),
        valid_from=_day(found.valid_from),
        valid_until=_day(found.valid_until),
        reviewed=_day(found.reviewed),
        max_age=None if found.max_age is None else seconds(found.max_age),
        entry=f"{found.name}, version {found.version}{approved}",
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def sift(contract: AgentContract, files: Mapping[str, bytes], today: date) -> Sifted:
    """Of the files beside the diagram, those that the agent may see: of the register only what its contract names and what holds today.

    Files that no source of the register claims (prompts, templates) stay. One that several claim must be good in the eyes of all.
    """
    if not contract.data_register:
        return Sifted(files)
    reasons = {source.name: why_not(source, today) for source in contract.data_register}
    seen = {name: content for name, content in files.items() if _is_visible(contract, name, reasons)}
    named = [source.name for source in contract.data_register if source.name in contract.data_sources]
    notes: dict[str, Any] = {"used": [name for name in named if reasons[name] is None]}
    withheld = [{"source": name, "reason": reasons[name]} for name in named if reasons[name] is not None]
    if withheld:
        notes["withheld"] = withheld
    entries = {source.name: source.entry for source in contract.data_register if source.name in named and source.entry}
    if entries:
        notes["register"] = entries
    return Sifted(seen, notes)


def cited_fault(
    contract: AgentContract, cited: Sequence[Mapping[str, Any]], files: Mapping[str, bytes], today: date
) -> str | None:
    """What is wrong with what the agent says it used; None if all of it may be used.

    A citation names its source of the register (``source``), or a file of it (``name``); with ``sha256`` it must be the file that is
    deployed. An agent whose contract names sources cites nothing else.
    """
    if not contract.data_register:
        return None
    reasons = {source.name: why_not(source, today) for source in contract.data_register}
    # An adapter may be anybody's: what it gives need not be what its type says.
    for number, citation in enumerate(cited if isinstance(cited, list | tuple) else (cited,), 1):
        known = isinstance(citation, Mapping)
        fault = _fault(contract, citation, reasons, files) if known else "is no citation"
        if fault is not None:
            return f"source {number} that it cites {fault}"
    return None


def _fault(
    contract: AgentContract,
    citation: Mapping[str, Any],
    reasons: Mapping[str, str | None],
    files: Mapping[str, bytes],
) -> str | None:
    name, source = citation.get("name"), citation.get("source")
    claimed = [each.name for each in contract.data_register if isinstance(name, str) and _holds(each, name)]
    if isinstance(source, str) and source in reasons:
        claimed.append(source)
    if not claimed:
        return "is in no register" if contract.data_sources else None
    for each in claimed:
        if reasons[each] is not None:
            return f"is of {each}, which may not be used: {reasons[each]}"
    if not set(claimed) & set(contract.data_sources):
        return f"is of {claimed[0]}, which its contract does not name"
    digest = citation.get("sha256")
    deployed = files.get(name) if isinstance(name, str) else None
    if digest is not None and deployed is not None and digest != hashlib.sha256(deployed).hexdigest():
        return f"is not the text of {claimed[0]} that is deployed"
    return None


def _is_visible(contract: AgentContract, name: str, reasons: Mapping[str, str | None]) -> bool:
    claimed = [source.name for source in contract.data_register if _holds(source, name)]
    if not claimed:
        return True
    return all(reasons[each] is None for each in claimed) and bool(set(claimed) & set(contract.data_sources))


def _holds(source: DataSource, name: str) -> bool:
    last = name.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) or fnmatchcase(last, pattern) for pattern in source.files)
