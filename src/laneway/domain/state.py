"""What is alive of one root process instance: element instances, their scopes, the tokens that wait at joins.

Called processes live in the state of their root. Nothing here grows with the steps taken: a closed element leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from laneway.domain.types import HIDDEN_PREFIX, ElementState, ElementType

if TYPE_CHECKING:
    from laneway.domain.place import Place


class _Nothing(dict[Any, Any]):
    """The empty dict that most elements share (making five for each costs more than all else that an element does)."""

    __slots__ = ()

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("this element has no dict of its own yet: ask for it with own_waits(), own_data() …")

    def __deepcopy__(self, memo: Any) -> Any:
        return self


NOTHING: Any = _Nothing()
_PROCESS = ElementType.PROCESS
LISTENED = frozenset({"condition", "signal"})
"""Kinds of waits that something within the instance may end."""
_ACTIVATING = ElementState.ACTIVATING  # reading a member off its enum costs more than all else that a constructor does


WIDE = "wide"
"""In a scope's data: slots of joins of so many flows that what waits there is kept in variables, one row per flow."""
TOKENS = HIDDEN_PREFIX + "tokens."
"""With the slot of a wide join and a flow's index: the hidden variable that counts the tokens of that flow."""


_SHORT = {
    "job": "j", "user_task": "u", "timer": "t", "message": "m", "signal": "s", "condition": "c", "call": "k", "activation": "a",
    "compensation": "o",
}  # fmt: skip
_KINDS = {short: kind for kind, short in _SHORT.items()}


class Wait:
    """Something that a live element waits for. ``slot`` is the node that goes on when it comes: the element itself, a
    boundary event on it, or the start event of an event sub-process in it.

    ``kind``: job | user_task | timer | message | signal | condition | call | activation |
    compensation. ``data`` is JSON-compatible.
    """

    __slots__ = ("data", "key", "kind", "slot")

    def __init__(self, kind: str, key: int, slot: int, data: dict[str, Any] | None = None) -> None:
        self.kind = kind
        self.key = key
        self.slot = slot
        self.data = data

    def as_json(self, element_key: int) -> list[Any]:
        """As few characters as can be, since each element that waits has them in its row: the key as its distance from the element's."""
        short: list[Any] = [_SHORT.get(self.kind, self.kind), self.key - element_key, self.slot]
        if self.data is not None:
            short.append(self.data)
        return short

    @classmethod
    def of_json(cls, element_key: int, kind: str, distance: int, slot: int, data: dict[str, Any] | None = None) -> Wait:
        return cls(_KINDS.get(kind, kind), element_key + distance, slot, data)


class ElementInstance:
    """One live element. Mutable, owned by the state that holds it; persisted as one row, written only when touched.

    Attributes
    ----------
    key
        Its key; for a process instance this is the process instance key.
    slot
        Node in the model of ``definition_key``.
    parent
        Key of the enclosing scope's instance (multi-instance body, sub-process, process; for a called process the call
        activity); 0 for the root.
    process_key
        Key of the process instance that it belongs to.
    role
        ``""`` plain, ``"body"`` of a loop, ``"round"`` within a loop, ``"inner"`` one activation in an ad-hoc sub-process.
    arrivals
        Tokens that wait at joins in this scope: gateway slot → {flow index → count}.
    tokens
        Live children per slot in this scope, with waiting tokens counted at their gateway: slot → count.
    active_mask
        Bit set of the slots with a count in ``tokens``.
    data
        JSON-compatible rest: loop counters, incident stage, pending trigger.
    children
        Keys of live children, in order of activation; rebuilt from the parents when loaded.
    incident
        Key of its open incident, or 0.
    """

    __slots__ = (
        "active_mask",
        "arrivals",
        "children",
        "data",
        "definition_key",
        "incident",
        "key",
        "parent",
        "process_key",
        "role",
        "slot",
        "state",
        "tokens",
        "type",
        "waits",
    )

    def __init__(
        self,
        key: int,
        slot: int,
        type: ElementType,
        definition_key: int,
        parent: int,
        process_key: int,
        role: str = "",
    ) -> None:
        self.key = key
        self.slot = slot
        self.type = type
        self.definition_key = definition_key
        self.parent = parent
        self.process_key = process_key
        self.role = role
        self.state = _ACTIVATING
        self.children: dict[int, None] = NOTHING
        self.waits: dict[int, Wait] = NOTHING
        self.arrivals: dict[int, dict[int, int]] = NOTHING
        self.tokens: dict[int, int] = NOTHING
        self.active_mask = 0
        self.incident = 0
        self.data: dict[str, Any] = NOTHING

    def own_children(self) -> dict[int, None]:
        if self.children is NOTHING:
            self.children = {}
        return self.children

    def own_waits(self) -> dict[int, Wait]:
        if self.waits is NOTHING:
            self.waits = {}
        return self.waits

    def own_arrivals(self) -> dict[int, dict[int, int]]:
        if self.arrivals is NOTHING:
            self.arrivals = {}
        return self.arrivals

    def own_tokens(self) -> dict[int, int]:
        if self.tokens is NOTHING:
            self.tokens = {}
        return self.tokens

    def own_data(self) -> dict[str, Any]:
        if self.data is NOTHING:
            self.data = {}
        return self.data

    def runtime_json(self) -> dict[str, Any]:
        """What a row keeps of it beside its columns; small, independent of steps taken and of variables."""
        out: dict[str, Any] = {}
        if self.waits:
            out["w"] = [wait.as_json(self.key) for wait in self.waits.values()]
        if self.arrivals:
            wide = self.data.get(WIDE, ())
            waiting = [
                [slot, [[flow, count] for flow, count in flows.items()]]
                for slot, flows in self.arrivals.items()
                if slot not in wide
            ]
            if waiting:
                out["arrivals"] = waiting
        if self.data:
            out["data"] = self.data
        if self.incident:
            out["incident"] = self.incident
        if self.role:
            out["role"] = self.role
        return out

    def keeps_json(self) -> bool:
        """Whether ``runtime_json`` has values in it that are others once they were written and read."""
        return bool(self.data) or any(wait.data is not None for wait in self.waits.values())

    def take_json(self, stored: dict[str, Any]) -> None:
        """Go on with the values of ``runtime_json`` as they were read."""
        self.data = stored.get("data") or NOTHING
        for wait, short in zip(self.waits.values(), stored.get("w", ()), strict=True):
            wait.data = short[3] if len(short) > 3 else None

    def load_runtime_json(self, stored: dict[str, Any]) -> None:
        waits = [Wait.of_json(self.key, *short) for short in stored.get("w", ())]
        # As rows have it that were written by versions before: names and keys in full.
        waits += [Wait(*long) for long in stored.get("waits", ())]
        self.waits = {wait.key: wait for wait in waits} or NOTHING
        self.arrivals = {slot: dict(flows) for slot, flows in stored.get("arrivals", ())} or NOTHING
        self.data = stored.get("data") or NOTHING
        self.incident = stored.get("incident", 0)
        self.role = stored.get("role", "")


class InstanceState:
    """All that is alive under one root.

    Attributes
    ----------
    root_key
        Process instance key of the root.
    elements
        Live element instances by key.
    variables
        Scope key (an element instance's key) → name → value. Scopes of closed elements are gone.
    version
        The fence: number of commands that this root has seen.
    steps
        Steps taken since the last time that the instance waited for something outside (budget against endless loops).
    conditions
        Who looks at a variable: (scope key, name) → key of a wait for a condition → key of the element that has it.
    signals
        Who waits for a signal: name → key of the wait → key of the element that has it.
    place
        Where it rests, if that is known; then ``elements`` are made of it when somebody asks for them.
    keys
        Those of the numbers of ``place``.
    """

    __slots__ = (
        "_untold",
        "conditions",
        "elements",
        "keys",
        "place",
        "root_key",
        "signals",
        "steps",
        "variables",
        "version",
    )

    def __init__(self, root_key: int) -> None:
        self.root_key = root_key
        self.version = 0
        self.steps = 0
        self.elements: dict[int, ElementInstance] = {}
        self.variables: dict[int, dict[str, Any]] = {}
        self.conditions: dict[tuple[int, str], dict[int, int]] = NOTHING
        self.signals: dict[str, dict[int, int]] = NOTHING
        self.place: Place | None = None
        self.keys: tuple[int, ...] = ()
        self._untold = False

    def __getattr__(self, name: str) -> Any:
        """Of ``elements`` where they are left out."""
        if name != "elements" or self.place is None:
            raise AttributeError(name)
        self.elements = self.place.elements(self.keys)
        self._untold = False
        return self.elements

    @property
    def alive(self) -> int:
        """How many elements are."""
        return len(self.place.shape) if self.place is not None else len(self.elements)

    def rest(self, place: Place, keys: tuple[int, ...]) -> None:
        """What is alive now is what ``place`` says."""
        self.place = place
        self.keys = keys
        if not self._untold:
            del self.elements
            self._untold = True

    def settle(self) -> None:
        """Nobody is about to ask what is alive."""
        if self.place is not None:
            self.rest(self.place, self.keys)

    def move(self) -> None:
        """What is alive is about to change by itself."""
        if self._untold:
            self.__getattr__("elements")
        self.place = None
        self.keys = ()

    def end(self) -> None:
        """Nothing is alive any more."""
        self.place = None
        self.keys = ()
        self.elements = {}
        self._untold = False
        self.variables = {}

    def listen(self, element: ElementInstance, wait: Wait) -> None:
        """Let what happens within the instance find ``wait``: a variable that its condition reads, a signal thrown here."""
        if self.conditions is NOTHING:
            self.conditions, self.signals = {}, {}
        for index, place in self._places(element, wait):
            index.setdefault(place, {})[wait.key] = element.key

    def unlisten(self, element: ElementInstance, wait: Wait) -> None:
        for index, place in self._places(element, wait):
            listeners = index.get(place)
            if listeners is not None:
                listeners.pop(wait.key, None)
                if not listeners:
                    del index[place]

    def _places(self, element: ElementInstance, wait: Wait) -> Iterator[tuple[dict[Any, dict[int, int]], Any]]:
        data = wait.data
        if data is None:
            return
        if wait.kind == "signal":
            yield self.signals, data["name"]
        elif wait.kind == "condition":
            scope: ElementInstance | None = element
            while scope is not None:
                for name in data["names"]:
                    yield self.conditions, (scope.key, name)
                scope = None if scope.type is _PROCESS else self.elements.get(scope.parent)

    def _load_wide_joins(self, scope: ElementInstance) -> None:
        for name, count in self.variables.get(scope.key, {}).items():
            if count and name.startswith(TOKENS):
                slot, flow = name[len(TOKENS) :].split(".")
                scope.own_arrivals().setdefault(int(slot), {})[int(flow)] = int(count)

    def rebuild_links(self) -> None:
        """Recompute what is derived from parents and waits, after loading. Elements must be in order of their keys."""
        for element in self.elements.values():
            element.children = NOTHING
            element.tokens = NOTHING
            element.active_mask = 0
        for element in self.elements.values():
            parent = self.elements.get(element.parent)
            if parent is not None:
                parent.own_children()[element.key] = None
                in_scope = element.definition_key == parent.definition_key and element.process_key == parent.process_key
                # As the runtime counts them: what compensates leads to no join, and a loop's rounds meet none.
                if in_scope and parent.role != "body" and "then" not in element.data:
                    parent.own_tokens()[element.slot] = parent.tokens.get(element.slot, 0) + 1
        self.conditions = self.signals = NOTHING
        for element in self.elements.values():
            for wait in element.waits.values():
                if wait.kind in LISTENED:
                    self.listen(element, wait)
            if WIDE in element.data:
                self._load_wide_joins(element)
            for slot, flows in element.arrivals.items():
                element.own_tokens()[slot] = element.tokens.get(slot, 0) + sum(flows.values())
            for slot in element.tokens:
                element.active_mask |= 1 << slot
