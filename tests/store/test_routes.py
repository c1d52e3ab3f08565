"""What a route tells is found as if each element instance had a row, whatever the commands did, and is never half there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from sqlalchemy import func, select

from laneway.domain.definition import ProcessDefinition
from laneway.domain.history import DecisionEvaluated, IncidentRaised, SequenceFlowTaken
from laneway.domain.types import ElementType
from laneway.ports import Filter, SearchQuery
from laneway.store import SqlStore, open_store, routes
from laneway.store.ids import KeySource
from laneway.store.tables import audit_log, element_instance, route
from tests.store.build import Clock, Step, deploy, start


class NoRoutes(routes.Routes):
    """Nothing was ever seen before: every element instance keeps its row, every command its events."""

    def seen_before(self, shape: routes.Shape) -> bool:
        return False


SUB, CALL, PASS, WAIT, DECIDE, END, CANCEL = "sub", "call", "pass", "wait", "decide", "end", "cancel"
commands = st.lists(
    st.sampled_from([(PASS,), (PASS, PASS, SUB, PASS), (WAIT,), (END, PASS), (CANCEL, SUB), (DECIDE,), (CALL, PASS), (SUB, SUB, WAIT)]),
    min_size=1,
    max_size=3,
)  # fmt: skip


def play(store: SqlStore, clock: Clock, instances: list[list[tuple[str, ...]]]) -> None:
    definition = deploy(store)
    for script in instances:
        root: int | None = None
        for number, moves in enumerate(script):
            clock.advance(milliseconds=3)
            with store.begin() as uow:
                step = Step(uow, definition.key, None if root is None else uow.load(root))
                for move in moves:
                    make(step, move)
                if number == len(script) - 1 and "wait" not in moves and len(step.state.elements) == 1:
                    step.end(step.state.elements[step.root])
                root = step.apply()


def make(step: Step, move: str) -> None:
    waiting = [one for one in step.state.elements.values() if one.type is ElementType.USER_TASK]
    match move:
        case "sub":
            scope = step.element(5, ElementType.SUB_PROCESS)
            passed = step.uow.ids.next()
            step.transition.passed.append((passed, 1, scope.definition_key, scope.key, step.root))
            step.end(scope)
        case "call":
            caller = step.element(6, ElementType.CALL_ACTIVITY)
            child = step.child_process(caller, step.definition_key)
            step.end(step.element(1, ElementType.START_EVENT, parent=child.key, process_key=child.key))
            step.end(child)
            step.end(caller)
        case "pass":
            step.transition.passed.append((step.uow.ids.next(), 1, step.definition_key, step.root, step.root))
            step.event(SequenceFlowTaken(step.root, "flow"))
        case "wait":
            step.user_task(step.element(3, ElementType.USER_TASK))
        case "decide":
            key = step.uow.ids.next()
            step.event(DecisionEvaluated(step.root, "d", {"decisionId": "d", "output": str(key)}))
            step.event(IncidentRaised(key, step.root, "IO_MAPPING_ERROR", f"n is {key}"))
        case "end" | "cancel" if waiting:
            step.end(waiting[0], "COMPLETED" if move == "end" else "TERMINATED")


@contextmanager
def played(instances: list[list[tuple[str, ...]]], known: routes.Routes) -> Iterator[SqlStore]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        # Both sides give the same keys, so that all their answers can be compared.
        patch.setattr(KeySource, "__init__", _from_one(KeySource.__init__))
        store = open_store("sqlite://", clock=clock, node_id=1)
    store._routes = known
    try:
        play(store, clock, instances)
        yield store
    finally:
        store.close()


def _from_one(original: Any) -> Any:
    def begin(self: KeySource, clock: Any, node_id: int, start: int, reserved_until: int) -> None:
        original(self, clock, node_id, 1 << 20, reserved_until)

    return begin


ELEMENTS, PROCESSES = "element-instances", "process-instances"


def questions(rows: list[dict[str, Any]], moments: list[Any]) -> Iterator[SearchQuery]:
    sorts = [
        (), (("elementInstanceKey", "DESC"),), (("elementName", "ASC"), ("endDate", "DESC")), (("startDate", "DESC"),),
        (("incidentKey", "ASC"), ("elementInstanceScopeKey", "DESC")),
    ]  # fmt: skip
    filters: list[tuple[Filter, ...]] = [
        (),
        (Filter("elementId", "eq", "start"),),
        (Filter("elementId", "like", "s*"), Filter("type", "neq", "START_EVENT")),
        (Filter("state", "in", ["COMPLETED", "TERMINATED"]), Filter("hasIncident", "eq", False)),
        (Filter("startDate", "lte", moments[len(moments) // 2]), Filter("endDate", "exists", True)),
        (Filter("processDefinitionId", "eq", "order"), Filter("elementName", "exists", True)),
    ]
    some = rows[1 :: max(1, len(rows) // 2)]
    for row in some:
        key, process = row["elementInstanceKey"], row["processInstanceKey"]
        filters += [
            (Filter("processInstanceKey", "eq", process),),
            (Filter("rootProcessInstanceKey", "eq", row["rootProcessInstanceKey"]), Filter("elementId", "eq", "start")),
            (Filter("elementInstanceKey", "eq", key),),
            (
                Filter("elementInstanceKey", "gt", key),
                Filter("elementInstanceKey", "lte", rows[-1]["elementInstanceKey"]),
            ),
            (Filter("elementInstanceKey", "lt", key),),
            (Filter("elementInstanceKey", "notIn", [key]), Filter("elementInstanceScopeKey", "eq", process)),
        ]
    for number, one in enumerate(filters):
        for sort in ((), sorts[number % len(sorts)]):
            yield SearchQuery(ELEMENTS, one, sort=sort, limit=100)
    for state in ("ACTIVE", "COMPLETED", "TERMINATED"):
        for operator, element in (("eq", "start"), ("neq", "start"), ("eq", "sub"), ("like", "*a*")):
            asked = (Filter("elementId", operator, element), Filter("elementInstanceState", "eq", state))
            yield SearchQuery(PROCESSES, asked)


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(commands, min_size=1, max_size=2).map(lambda scripts: scripts * 3))
def test_every_answer_is_that_of_rows(instances: list[list[tuple[str, ...]]]) -> None:
    # Given the same commands, kept with routes and without
    with played(instances, routes.Routes()) as told, played(instances, NoRoutes()) as plain:
        rows = plain.search(SearchQuery(ELEMENTS, limit=1_000)).items
        moments = sorted(row["startDate"] for row in rows)
        # When anything is asked; then both answer the same.
        for question in questions(rows, moments):
            assert told.search(question) == plain.search(question), question
        for row in rows[::3]:
            key = row["elementInstanceKey"]
            assert told.get(ELEMENTS, key) == row
            with told.read() as one, plain.read() as other:
                assert one.root_of_element(key) == other.root_of_element(key) == row["rootProcessInstanceKey"]
        for root in {row["rootProcessInstanceKey"] for row in rows}:
            assert told.history(root) == plain.history(root)
        # And pages join up, both ways
        for sort in ((), (("elementInstanceKey", "DESC"),), (("state", "ASC"),)):
            assert list(walked(told, sort)) == list(walked(plain, sort))
        assert counted(told)["rows"] < counted(plain)["rows"] or not any(
            row["endDate"] and row["type"] != "PROCESS" for row in rows
        )
        assert counted(told)["told"] >= len(instances) // 3
        assert told.verify_audit()["first_bad"] is None
        assert plain.verify_audit()["first_bad"] is None


def walked(store: SqlStore, sort: tuple[tuple[str, str], ...]) -> Iterator[Any]:
    page = store.search(SearchQuery(ELEMENTS, sort=sort, limit=9))
    while page.items:
        yield page
        last = page.end_cursor
        page = store.search(SearchQuery(ELEMENTS, sort=sort, limit=9, after=last))
    for offset in (1, 4):
        yield store.search(SearchQuery(ELEMENTS, sort=sort, limit=2, offset=offset))
    yield store.search(SearchQuery(ELEMENTS, sort=sort, limit=3, before=last))


def counted(store: SqlStore) -> dict[str, int]:
    with store._database.reading() as connection:
        return {
            "routes": connection.execute(select(func.count()).select_from(route)).scalar_one(),
            "told": connection.execute(select(func.count(audit_log.c.route_key))).scalar_one(),
            "rows": connection.execute(select(func.count()).select_from(element_instance)).scalar_one(),
        }


def test_what_was_done_once_has_no_route(store: SqlStore) -> None:
    definition = deploy(store)
    start(store, definition)
    assert counted(store) == {"routes": 0, "told": 0, "rows": 2}
    start(store, definition)
    assert counted(store) == {"routes": 1, "told": 1, "rows": 3}
    start(store, definition)
    assert counted(store) == {"routes": 1, "told": 2, "rows": 4}


def start_and_fail(store: SqlStore, definition: ProcessDefinition) -> None:
    with store.begin() as uow:
        step = Step(uow, definition.key)
        step.end(step.element(1, ElementType.START_EVENT))
        step.job(step.element(2, ElementType.SERVICE_TASK))
        step.apply("CREATE")
        assert uow.found_routes  # type: ignore[attr-defined]
        raise ZeroDivisionError


def test_a_route_that_was_undone_is_stored_again(store: SqlStore) -> None:
    # Given a command that stores a route, and is undone
    definition = deploy(store)
    first = start(store, definition)
    with pytest.raises(ZeroDivisionError):
        start_and_fail(store, definition)
    assert counted(store)["routes"] == 0
    # When another one does the same; then its route is there, and tells it.
    root = start(store, definition)
    assert counted(store)["routes"] == 1
    names = [[event[0] for event in store.history(one)[0]["events"]] for one in (first, root)]
    assert names[0] == names[1]
    assert store.verify_audit()["first_bad"] is None


def test_a_route_of_another_process_of_ours_is_found(database_url: str) -> None:
    # Given two processes that do the same on one database; when each has done it twice; then one route tells them.
    one, other = open_store(database_url), open_store(database_url)
    definition = deploy(one)
    for store in (one, other, one, other):
        start(store, definition)
    assert counted(one) == {"routes": 1, "told": 2, "rows": 6}
    assert other.verify_audit()["first_bad"] is None
    one.close()
    other.close()
