"""CreateDataSource, UpdateDataSource: what agents may draw on, in the register of the tenant. Another one approves than who wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from laneway.domain.governed import RegisteredSource
from laneway.domain.types import LONGEST_FINDABLE
from laneway.domain.work import Actor, is_same
from laneway.governance.durations import DurationFault, seconds

STATES: Final = ("draft", "approved", "outdated")
MOST_FILES = 500
_DAYS: Final = ("valid_from", "valid_until", "reviewed")
_SAID: Final = ("owner", "files", *_DAYS, "max_age")
"""What is said of a source: whoever changes it makes a draft of it."""


def create_data_source(
    context: Context, name: str, said: Mapping[str, Any], *, actor: Actor, tenant_id: str
) -> RegisteredSource:
    """``said``: owner, files, valid_from, valid_until, reviewed, max_age. It is a draft."""
    entry = audit.entry(
        "CreateDataSource",
        "CREATE",
        "RESOURCE",
        0,
        actor,
        tenant_id=tenant_id,
        name=name[:LONGEST_FINDABLE],
        said=_told(said),
    )

    def work(unit: Unit) -> RegisteredSource:
        if not name.strip() or len(name.encode()) > LONGEST_FINDABLE:
            raise InvalidInput("data_source_invalid", f"The name has 1 to {LONGEST_FINDABLE} bytes")
        if not said.get("owner") or not said.get("files"):
            raise InvalidInput("data_source_invalid", "A source has an owner, and patterns of its files")
        source = RegisteredSource(
            unit.uow.ids.next(),
            name.strip(),
            status="draft",
            made_by=actor.id,
            made_at=unit.now,
            tenant_id=tenant_id,
            **{"owner": "", "files": (), **_checked(said)},
        )
        _fits(source)
        if not unit.uow.add_registered_source(source):
            raise Conflict("data_source_exists", f"There is a data source {name.strip()!r} already; change that one")
        unit.concerns(entity_key=source.key)
        unit.uow.audit(unit.entry)
        return source

    return execute(context, entry, work)


def update_data_source(
    context: Context,
    key: int,
    changes: Mapping[str, Any],
    *,
    reason: str | None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> RegisteredSource:
    """``changes``: as of a new one, and ``status``. What is said anew is a draft, until somebody else approves it."""
    entry = audit.entry(
        "UpdateDataSource",
        "UPDATE",
        "RESOURCE",
        key,
        actor,
        tenant_ids=tenant_ids,
        changes=_told(changes),
        reason=reason,
    )

    def work(unit: Unit) -> RegisteredSource:
        source = unit.uow.registered_source(key)
        if source is None or (tenant_ids is not None and source.tenant_id not in tenant_ids):
            raise NotFound("data_source_not_found", f"There is no data source {key}")
        unit.concerns(tenant_id=source.tenant_id, details={"name": source.name, "was": source.status})
        status = changes.get("status")
        said = _checked({name: value for name, value in changes.items() if name in _SAID})
        if status is None and not said:
            raise InvalidInput("nothing_to_change", "Give a status, or what is to be said of the source")
        written: dict[str, Any] = dict(said)
        if said:
            written |= {
                "status": "draft",
                "made_by": actor.id,
                "made_at": unit.now,
                "approved_by": None,
                "approved_at": None,
            }
        if status is not None:
            if status not in STATES:
                raise InvalidInput("data_source_invalid", f"The status is one of {', '.join(STATES)}")
            if status == "approved":
                makers = {actor.id} if said else _makers(unit, source)
                mine = any(is_same(f"user:{actor.id}", f"user:{maker}") for maker in makers)
                if mine or actor.kind != "user":
                    raise Forbidden(
                        "data_source_four_eyes",
                        f"What {', '.join(sorted(makers))} says of {source.name!r} is approved by another person, in a "
                        "request of its own",
                    )
                written |= {"approved_by": actor.id, "approved_at": unit.now}
            written["status"] = status
        changed = unit.uow.update_registered_source(source, **written)
        _fits(changed)
        unit.uow.audit(unit.entry)
        return changed

    return execute(context, entry, work)


def _makers(unit: Unit, source: RegisteredSource) -> set[str]:
    """All who said something of it since it was last approved: who writes the last word has not looked at the rest."""
    makers = {source.made_by}
    for who, details in unit.uow.source_commands(source.key):
        changes = details.get("changes", {})
        if changes.get("status") == "approved":
            break
        if "said" in details or any(name in _SAID for name in changes):
            makers.add(who)
    return makers


def _checked(said: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(said)
    for name in _DAYS:
        if given.get(name) is not None:
            try:
                given[name] = date.fromisoformat(str(given[name])).isoformat()
            except ValueError:
                raise InvalidInput(
                    "data_source_invalid", f"{name}: {given[name]!r} is no date such as 2026-12-31"
                ) from None
    if given.get("max_age") is not None:
        try:
            seconds(str(given["max_age"]))
        except DurationFault as fault:
            raise InvalidInput("data_source_invalid", f"max_age: {fault}") from None
    if "files" in given:
        files = given["files"]
        if not 0 < len(files) <= MOST_FILES or not all(isinstance(each, str) and each.strip() for each in files):
            raise InvalidInput("data_source_invalid", f"files: 1 to {MOST_FILES} patterns of file names")
        given["files"] = tuple(files)
    if "owner" in given:
        given["owner"] = str(given["owner"]).strip()
        if not given["owner"]:
            raise InvalidInput("data_source_invalid", "owner: who answers for it")
    return given


def _fits(source: RegisteredSource) -> None:
    if source.max_age is not None and source.reviewed is None:
        raise InvalidInput("data_source_invalid", "max_age counts from the last review: give `reviewed`, too")


def _told(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in said.items() if value is not None
    }
