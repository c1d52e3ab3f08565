"""What ``advance`` asks of definitions, and where keys come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from laneway.domain.autonomy import Dial
from laneway.domain.errors import Refused
from laneway.domain.model import ProcessModel


class IdSource(Protocol):
    """Gives time-ordered 63-bit keys: 41 bits of milliseconds, 10 of node id, 12 of sequence."""

    def next(self) -> int: ...
    def take(self, count: int) -> Sequence[int]:
        """The next ones, all at once."""
        ...


class Definitions(Protocol):
    """Resolver of immutable definitions, as ``advance`` sees them."""

    def model(self, definition_key: int) -> ProcessModel: ...

    def resolve_process(
        self, process_id: str, binding: str, version: str | None, caller_definition_key: int
    ) -> tuple[int, ProcessModel] | None:
        """The definition that a call activity means, or None if none is deployed."""
        ...

    def evaluate_decision(
        self,
        decision_id: str,
        binding: str,
        version: str | None,
        caller_definition_key: int,
        variables: Mapping[str, Any],
        now: datetime,
        seed: Any = None,
    ) -> DecisionOutcome:
        """Evaluate a deployed decision, with ``seed`` for what is random in it.

        Raises NotFound if there is none; one that fails is an outcome with ``fault``.
        """
        ...

    def read_item(self, store: str, key: str, caller_definition_key: int) -> Any:
        """An item of a data store of the caller's tenant; None if there is none."""
        ...

    def dial(self, definition_key: int, element_id: str, agent: str) -> Dial | None:
        """How much the agent may do by itself at an activation that begins now; None: all that its contract lets it (``auto``)."""
        ...

    def tool_begins(
        self, definition_key: int, container: int, tool_id: str, call: Any, handed: Mapping[str, Mapping[str, str]]
    ) -> ToolBegins | None:
        """What is to be kept in mind when ``tool_id`` begins in the ad-hoc sub-process at the slot ``container``; None where no agent with a
        contract has its tools there. ``call``: its variable ``toolCall``; ``handed``: conversation → id → fingerprint of the calls that agent
        tasks have handed out and that have not begun."""
        ...


@dataclass(frozen=True, slots=True)
class ToolBegins:
    """``refused``: why it does not. ``used``: conversation and id of the call that was handed out, and is not to begin again. ``answers``: id
    and name of the call that its result is of (no id: of none that an agent asked for; None: it is not known). ``kept``: variables of the
    activation that nothing writes once more."""

    refused: str | None = None
    used: tuple[str, str] | None = None
    answers: tuple[str | None, str] | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """What a decision gave, or why it gave nothing.

    ``details``: decision id, name, version, definition hash, inputs, matched rules with their indices, output, warnings; the
    same of each decision that was required, in the order in which they were made, in ``requiredDecisions``. Where one
    failed it has its reason as ``failure``, and those after it are missing; the one asked for is ``skipped`` then.
    """

    output: Any
    details: dict[str, Any]
    fault: Refused | None = None
