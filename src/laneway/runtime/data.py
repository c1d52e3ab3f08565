"""Data of the standard at run time: what scopes begin with, and what associations do (BPMN 2.0, 10.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from laneway.domain.model import FlowNode, InputOutput, StoreItem
from laneway.domain.state import ElementInstance
from laneway.domain.types import HIDDEN_PREFIX, SCOPES, ElementType, IncidentType
from laneway.runtime import tasks
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate, merge, place, set_local, view

if TYPE_CHECKING:
    from laneway.runtime.run import Run

_CATCHING = frozenset(
    {
        ElementType.START_EVENT,
        ElementType.INTERMEDIATE_CATCH_EVENT,
        ElementType.BOUNDARY_EVENT,
        ElementType.RECEIVE_TASK,
    }
)


def declare(run: Run, element: ElementInstance, node: FlowNode) -> None:
    """Give a scope the variables that it has from the start, as far as nobody has given them already."""
    local = run.state.variables.get(element.key, {})
    for name, value in node.declared:
        if name not in local:
            set_local(run, element, name, value)


def give(run: Run, element: ElementInstance, node: FlowNode, values: Mapping[str, Any]) -> None:
    """Variables that work gave back, or that a message or signal brought, to an element with data outputs.

    Data outputs stay with the element; everything else goes where it would go without them. What an event brings is one
    item in BPMN (10.4.2): where it has neither the name of a data output nor that of an association's target, the
    one data output is all of it, and a single value is not wrapped.
    """
    names = node.data_names
    if node.type in _CATCHING and values and len(names) == 1 and names[0] not in values:
        targets = {mapping.target.partition(".")[0] for mapping in node.data_outputs}
        if targets.isdisjoint(values):
            item = next(iter(values.values())) if len(values) == 1 else dict(values)
            set_local(run, element, names[0], item)
            return
    rest = {}
    for name, value in values.items():
        if name in names:
            set_local(run, element, name, value)
        else:
            rest[name] = value
    merge(run, element, rest)


def apply_data_outputs(run: Run, element: ElementInstance, node: FlowNode) -> None:
    """Data output associations, in their order; one whose source is not there writes nothing."""
    parent = run.state.elements[element.parent]
    outer = view(run, parent)
    results: dict[str, Any] = {}
    for mapping in node.data_outputs:
        local = run.state.variables.get(element.key, {})
        if mapping.needs is not None and mapping.needs in node.data_names and not _is_there(node, local, mapping.needs):
            continue
        value = evaluate(
            run,
            element,
            mapping.source,
            f"data output association to «{mapping.target}»",
            type=IncidentType.IO_MAPPING_ERROR,
            extra=_item_as_it_is(run, element, mapping),
        )
        if mapping.item is not None:
            write_item(run, element, mapping.item, mapping.target, value)
            continue
        root = mapping.target.partition(".")[0]
        known = local if mapping.local else results if root in results else outer
        name, nested = place(mapping.target, value, known)
        if mapping.local:
            set_local(run, element, name, nested)
        else:
            results[name] = nested
    merge(run, parent, results)


def _is_there(node: FlowNode, local: Mapping[str, Any], name: str) -> bool:
    """A scope's data outputs are declared from the start, so that what is inside writes them; null is: not written."""
    return name in local and (node.type not in SCOPES or local[name] is not None)


def payload(run: Run, element: ElementInstance, node: FlowNode) -> dict[str, Any]:
    """What a message or signal carries: what the element's inputs say, nothing else (not the properties it works with)."""
    if not node.inputs:
        return {}
    own = dict(node.declared)
    local = run.state.variables.get(element.key, {})
    return {name: value for name, value in local.items() if name not in own and not name.startswith(HIDDEN_PREFIX)}


def read_item(run: Run, element: ElementInstance, item: StoreItem) -> dict[str, Any] | None:
    """What an item of a data store holds, by the names that expressions call it by; None if there is no such item."""
    value = _stored(run, element, item.store, _item_key(run, element, item))
    return None if value is None else dict.fromkeys(item.aliases, value)


def write_item(run: Run, element: ElementInstance, item: StoreItem, path: str, value: Any) -> None:
    """Write an item, or a member of it; null takes it away. It is stored with the step."""
    key = _item_key(run, element, item)
    root, _, rest = path.partition(".")
    if rest:
        _, value = place(path, value, {root: _stored(run, element, item.store, key)})
    run.transition.items[item.store, key] = value


def _item_as_it_is(run: Run, element: ElementInstance, mapping: InputOutput) -> dict[str, Any] | None:
    """For an expression that makes the new item of the present one: nobody changes it in between."""
    item, source = mapping.item, mapping.source
    if item is None or isinstance(source, str):
        return None
    own = run.state.variables.get(element.key, {})
    called = source.names.intersection(item.aliases).difference(own)
    return dict.fromkeys(called, _stored(run, element, item.store, _item_key(run, element, item))) if called else None


def _item_key(run: Run, element: ElementInstance, item: StoreItem) -> str:
    key = tasks.correlation_text(evaluate(run, element, item.key, f"key in the data store {item.store}"))
    if not key:
        raise ElementFailure(
            IncidentType.IO_MAPPING_ERROR,
            f"the key in the data store {item.store} gives nothing; set the variable that it reads",
        )
    return key


def _stored(run: Run, element: ElementInstance, store: str, key: str) -> Any:
    written = run.transition.items
    if (store, key) in written:
        return written[store, key]
    return run.definitions.read_item(store, key, element.definition_key)
