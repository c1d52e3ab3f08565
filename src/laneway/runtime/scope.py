"""Variable scopes: what an element sees, and where what it gives back is written.

Source: Camunda 8, "Variables" (scopes, propagation, input and output mappings), which BPMN 2.0 (10.4) leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from laneway.domain.history import VARIABLE_WRITTEN
from laneway.domain.model import Evaluable, InputOutput, Value
from laneway.domain.state import ElementInstance
from laneway.domain.types import ElementType, IncidentType
from laneway.runtime.failure import ElementFailure

if TYPE_CHECKING:
    from laneway.runtime.run import Run

new: Any = tuple.__new__
"""Makes a named tuple without the Python frame of its own ``__new__``: several are made per step."""
PROCESS = ElementType.PROCESS
_MISSING = object()
_NOTHING: dict[str, Any] = {}
_COMPARABLE = frozenset({str, int, bool, type(None)})
KEPT = "fixed"
"""In the data of an element: names of its variables that no result of what runs within it writes."""


class ScopeView(Mapping[str, Any]):
    """The variables of several scopes, innermost first."""

    __slots__ = ("_maps",)

    def __init__(self, maps: list[Mapping[str, Any]]) -> None:
        self._maps = maps

    def __getitem__(self, name: str) -> Any:
        for variables in self._maps:
            if name in variables:
                return variables[name]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        for variables in self._maps:
            if name in variables:
                return variables[name]
        return default

    def __contains__(self, name: object) -> bool:
        return any(name in variables for variables in self._maps)

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set()
        for variables in self._maps:
            for name in variables:
                if name not in seen:
                    seen.add(name)
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


def view(run: Run, element: ElementInstance, extra: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """All variables that ``element`` sees, up to its process instance; ``extra`` hides them."""
    variables = run.state.variables
    elements = run.state.elements
    maps: list[Mapping[str, Any]] = [extra] if extra else []
    while True:
        local = variables.get(element.key)
        if local:
            maps.append(local)
        if element.type is PROCESS:
            break
        element = elements[element.parent]
    if len(maps) == 1:
        return maps[0]
    return ScopeView(maps) if maps else _NOTHING


def set_local(run: Run, element: ElementInstance, name: str, value: Any) -> None:
    """Write one variable into the scope of ``element``, if it changes anything."""
    scopes = run.state.variables
    key = element.key
    local = scopes.get(key)
    if local is None:
        local = scopes[key] = {}
    before = local.get(name, _MISSING)
    kind = type(value)
    if type(before) is kind and kind in _COMPARABLE and before == value:
        return
    local[name] = value
    if run.state.conditions:
        _variable_changed(run, element, name, created=before is _MISSING)
    transition = run.transition
    transition.variables[key, name] = value
    transition.log.append((VARIABLE_WRITTEN, key, name))


def _variable_changed(run: Run, scope: ElementInstance, name: str, *, created: bool) -> None:
    """Remember the conditions that read ``name`` and see it in ``scope``; ``conditions`` looks at them."""
    watching = run.state.conditions.get((scope.key, name))
    if not watching:
        return
    change = "create" if created else "update"
    elements = run.state.elements
    for key, holder_key in sorted(watching.items()):
        holder = elements[holder_key]
        data = holder.waits[key].data
        changes = data.get("changes") if data is not None else None
        if (changes is None or change in changes) and _sees(run, holder, scope, name):
            run.changed[key] = holder_key


def _sees(run: Run, holder: ElementInstance, scope: ElementInstance, name: str) -> bool:
    """Whether no scope between the two hides the variable."""
    variables = run.state.variables
    while holder is not scope:
        if name in variables.get(holder.key, ()):
            return False
        holder = run.state.elements[holder.parent]
    return True


def write_whole(run: Run, element: ElementInstance, name: str, value: Any) -> bool:
    """As ``merge`` for one value, where no scope but the process instance's holds anything. False where one does."""
    scopes = run.state.variables
    process_key = element.process_key
    if scopes and (len(scopes) > 1 or process_key not in scopes):
        return False
    set_local(run, run.state.elements[process_key], name, value)
    return True


def merge(run: Run, element: ElementInstance, values: Mapping[str, Any]) -> None:
    """Write each value where its name already exists, from ``element`` outwards, else into the process instance. What is kept there stays
    as it is."""
    if not values:
        return
    scopes = run.state.variables
    process_key = element.process_key
    if not scopes or (len(scopes) == 1 and process_key in scopes):
        process = run.state.elements[process_key]
        for name, value in values.items():
            set_local(run, process, name, value)
        return
    remaining = dict(values)
    while element.type is not PROCESS:
        local = scopes.get(element.key)
        if local:
            for name in [name for name in remaining if name in local]:
                value = remaining.pop(name)
                if name not in element.data.get(KEPT, ()):
                    set_local(run, element, name, value)
            if not remaining:
                return
        element = run.state.elements[element.parent]
    for name, value in remaining.items():
        set_local(run, element, name, value)


def evaluate(
    run: Run,
    element: ElementInstance,
    value: Value | None,
    what: str,
    *,
    type: IncidentType = IncidentType.EXTRACT_VALUE_ERROR,
    extra: Mapping[str, Any] | None = None,
) -> Any:
    """The value of a text or expression in the scope of ``element``; a failure names ``what`` was to be found out."""
    if value is None or isinstance(value, str):
        return value
    scopes = run.state.variables
    scope: Mapping[str, Any] | None = None
    if "execution" in value.names and value.language == "JUEL":
        extra = {"execution": _execution(run, element), **(extra or {})}
    if extra is None and len(scopes) == 1:
        scope = scopes.get(element.process_key)
    if scope is None:
        scope = view(run, element, extra)
    try:
        result = value.evaluate(scope, run.now, seed=run.randomness)
        return result if result.__class__ in _COMPARABLE else run.to_json(result)
    except Exception as error:  # an expression room error: a hostile or wrong text must never end the engine
        raise ElementFailure(type, f"{what}: {error}. Variables seen: {names_seen(scope)}") from error


_RANDOM = re.compile("uuid|random", re.IGNORECASE)


def may_draw(value: Evaluable) -> bool:
    """Whether something random may be in it: only then it needs the random bits of the step."""
    return _RANDOM.search(value.text) is not None


class Assignment(NamedTuple):
    """Where the process instance's scope alone holds anything: what is computed from it, and the variable of it that is written."""

    name: str
    compute: Callable[[Mapping[str, Any], datetime], Any]


def compiled_assignment(name: str, value: Evaluable, what: str) -> Callable[[Run, ElementInstance], None]:
    """``evaluate`` and ``merge`` in one, for what runs often: where the process instance's scope alone holds anything,
    it is all that is read and written."""
    compute = value.evaluate
    draws = may_draw(value)

    def assign(run: Run, element: ElementInstance) -> None:
        scopes = run.state.variables
        scope = scopes.get(element.process_key)
        if scope is None or len(scopes) > 1:
            merge(run, element, {name: evaluate(run, element, value, what)})
            return
        try:
            result = compute(scope, run.now, seed=run.randomness) if draws else compute(scope, run.now)
            if result.__class__ not in _COMPARABLE:
                result = run.to_json(result)
        except Exception as error:
            type = IncidentType.EXTRACT_VALUE_ERROR
            raise ElementFailure(type, f"{what}: {error}. Variables seen: {names_seen(scope)}") from error
        if run.state.conditions:
            set_local(run, run.state.elements[element.process_key], name, result)
            return
        before = scope.get(name, _MISSING)  # as set_local
        kind = result.__class__
        if before.__class__ is kind and kind in _COMPARABLE and before == result:
            return
        scope[name] = result
        transition = run.transition
        transition.variables[element.process_key, name] = result
        transition.log.append((VARIABLE_WRITTEN, element.process_key, name))

    return assign


def _execution(run: Run, element: ElementInstance) -> dict[str, Any]:
    """What Camunda 7's and Flowable's ``execution`` says of itself, as far as there is such a thing here; keys are texts."""
    node = run.node_of(element)
    return {
        "id": str(element.key),
        "activityInstanceId": str(element.key),
        "processInstanceId": str(element.process_key),
        "processDefinitionId": run.model(element.definition_key).process_id,
        "currentActivityId": node.id,
        "currentActivityName": node.name,
    }


def evaluate_condition(run: Run, element: ElementInstance, condition: Any, what: str, **extra: Any) -> bool:
    return evaluate_boolean(run, element, condition, what, extra)


def evaluate_boolean(
    run: Run, element: ElementInstance, condition: Any, what: str, extra: Mapping[str, Any] | None = None
) -> bool:
    """As ``evaluate_condition``, where the names of ``extra`` are the diagram's."""
    if "execution" in condition.names and condition.language == "JUEL":
        extra = {"execution": _execution(run, element), **(extra or {})}
    scope = view(run, element, extra or None)
    try:
        return bool(condition.evaluate_boolean(scope, run.now, seed=run.randomness))
    except Exception as error:
        raise undecided(condition, what, scope, error) from error


def undecided(condition: Evaluable, what: str, scope: Mapping[str, Any], error: Exception) -> ElementFailure:
    return ElementFailure(
        IncidentType.CONDITION_ERROR, f"{what} ({condition.text}): {error}. Variables seen: {names_seen(scope)}"
    )


def names_seen(scope: Mapping[str, Any]) -> str:
    """For a message: what an expression could read."""
    names = sorted(name for name in scope if not name.startswith("\x01"))
    shown = ", ".join(names[:30]) or "none"
    return shown + (" …" if len(names) > 30 else "")


def apply_inputs(
    run: Run, element: ElementInstance, mappings: tuple[InputOutput, ...], given: Mapping[str, Any] | None = None
) -> None:
    """Input mappings make local variables, each seeing those before it.

    ``given`` (None: this is the first time): the locals that were there before the mappings were applied the first
    time. The mappings see these, not what they made themselves.
    """
    scopes = run.state.variables
    before = scopes.get(element.key, {})
    if given is not None:
        made = {mapping.target.partition(".")[0] for mapping in mappings}
        scopes[element.key] = {name: value for name, value in before.items() if name not in made} | dict(given)
    try:
        _map_inputs(run, element, mappings)
    finally:
        if given is not None:
            scopes[element.key] = before | scopes[element.key]


def _map_inputs(run: Run, element: ElementInstance, mappings: tuple[InputOutput, ...]) -> None:
    for mapping in mappings:
        if mapping.needs is not None and mapping.needs not in view(run, element):
            continue
        extra = None
        if mapping.item is not None:
            extra = run.read_item(element, mapping.item)
            if extra is None:
                continue
        value = evaluate(
            run,
            element,
            mapping.source,
            f"input mapping to «{mapping.target}»",
            type=IncidentType.IO_MAPPING_ERROR,
            extra=extra,
        )
        name, nested = place(mapping.target, value, run.state.variables.get(element.key, _NOTHING))
        set_local(run, element, name, nested)


def apply_outputs(run: Run, element: ElementInstance, mappings: tuple[InputOutput, ...]) -> None:
    """Output mappings are evaluated in the element's scope and merged from its parent outwards."""
    results: dict[str, Any] = {}
    parent = run.state.elements[element.parent]
    outer = view(run, parent)
    for mapping in mappings:
        value = evaluate(
            run,
            element,
            mapping.source,
            f"output mapping to «{mapping.target}»",
            type=IncidentType.IO_MAPPING_ERROR,
            extra=results or None,
        )
        root = mapping.target.partition(".")[0]
        known = results if root in results else outer
        name, nested = place(mapping.target, value, known)
        results[name] = nested
    merge(run, parent, results)


def place(target: str, value: Any, known: Mapping[str, Any]) -> tuple[str, Any]:
    """Turn ``a.b.c := value`` into ``a := {…}``, keeping what ``a`` already holds (it is copied, never changed)."""
    name, *path = target.split(".")
    if not path:
        return name, value
    before = known.get(name)
    root: dict[str, Any] = dict(before) if isinstance(before, Mapping) else {}
    inner = root
    for part in path[:-1]:
        nested = inner.get(part)
        inner[part] = dict(nested) if isinstance(nested, Mapping) else {}
        inner = inner[part]
    inner[path[-1]] = value
    return name, root
