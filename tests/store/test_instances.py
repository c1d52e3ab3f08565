"""``load`` gives back what ``apply`` was given; the fence lets one command through; history and audit tell of each."""

from decimal import Decimal
from typing import Any

import pytest

from laneway.domain.errors import StaleState
from laneway.domain.history import DecisionEvaluated, SequenceFlowTaken
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.transition import IncidentOpened, MessageToSend, SignalToSend
from laneway.domain.types import DEFAULT_TENANT, ElementState, ElementType
from laneway.domain.work import Actor
from laneway.ports import Filter, SearchQuery
from laneway.store import SqlStore
from tests.store.build import PERSON, Clock, Step, deploy, start


def picture(state: InstanceState) -> dict[str, Any]:
    """All that makes a state, to be compared."""
    return {
        "version": state.version,
        "variables": state.variables,
        "elements": {
            key: (
                one.slot,
                one.type,
                one.state,
                one.parent,
                one.process_key,
                one.definition_key,
                one.role,
                one.runtime_json(),
                one.tokens,
                one.active_mask,
                list(one.children),
                one.incident,
            )
            for key, one in state.elements.items()
        },
    }


def loaded(store: SqlStore, root: int) -> InstanceState:
    with store.read() as uow:
        state = uow.load(root)
    assert state is not None
    return state


def items(store: SqlStore, resource: str, **equal: Any) -> list[dict[str, Any]]:
    return store.search(SearchQuery(resource, tuple(Filter(name, "eq", value) for name, value in equal.items()))).items


def test_a_state_comes_back_as_it_was(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        body = step.element(5, ElementType.SUB_PROCESS)
        body.role = "body"
        body.arrivals = {3: {1: 2, 4: 1}}
        body.data = {"counter": 3, "exact": Decimal("0.10")}
        inner = step.element(2, ElementType.SERVICE_TASK, parent=body.key)
        inner.state = ElementState.ACTIVATING
        step.job(inner)
        step.variables(
            step.root, text="ü😀\u0001", nothing=None, number=Decimal("1.50"), big=10**40, deep={"a": [1, {"b": True}]}
        )
        step.variable(body.key, "\x01items", [1, 2, 3])
        step.apply()
        step.state.rebuild_links()

    assert picture(loaded(store, step.root)) == picture(step.state)


def test_an_unknown_root_is_none(store: SqlStore) -> None:
    with store.read() as uow:
        assert uow.load(1) is None
        assert uow.header(1) is None
        assert uow.root_of_element(1) is None


def test_only_what_lives_is_loaded(store: SqlStore) -> None:
    definition = deploy(store)
    root = start(store, definition, variables={"a": 1})

    with store.begin() as uow:
        state = uow.load(root)
        step = Step(uow, definition.key, state)
        task = next(one for one in step.state.elements.values() if one.slot == 2)
        step.variables(task.key, local=True)
        step.variables(root, a=2, b="new")
        step.close("job", next(iter(task.waits)))
        step.end(task)
        following = step.element(3, ElementType.USER_TASK)
        step.user_task(following)
        step.apply()

    state = loaded(store, root)
    assert [one.slot for one in state.elements.values()] == [0, 3]
    assert state.variables == {root: {"a": 2, "b": "new"}}
    assert state.version == 2
    with store.read() as uow:
        assert uow.variables([task.key, root]) == {task.key: {"local": True}, root: {"a": 2, "b": "new"}}
        assert uow.root_of_element(task.key) == root


def test_touched_elements_are_written(store: SqlStore) -> None:
    definition = deploy(store)
    root = start(store, definition)
    with store.begin() as uow:
        step = Step(uow, definition.key, uow.load(root))
        process = step.state.elements[root]
        process.own_data()["seen"] = [1]
        process.state = ElementState.COMPLETING
        step.touch(process)
        step.apply()

    process = loaded(store, root).elements[root]
    assert process.data == {"seen": [1]}
    assert process.state is ElementState.COMPLETING


def test_the_fence_lets_one_command_through(store: SqlStore) -> None:
    definition = deploy(store)
    root = start(store, definition)
    first, second = loaded(store, root), loaded(store, root)
    with store.begin() as uow:
        Step(uow, definition.key, first).apply()

    def come_late() -> None:
        with store.begin() as uow:
            step = Step(uow, definition.key, second)
            step.variables(root, lost=True)
            step.apply()

    with pytest.raises(StaleState):
        come_late()

    assert first.version == 2
    assert loaded(store, root).version == 2
    assert loaded(store, root).variables == {}
    assert len(store.history(root)) == 2


def test_two_steps_in_one_transaction(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        step.apply()
        Step(uow, definition.key, step.state).apply()
        again = uow.load(step.root)
        Step(uow, definition.key, again).apply()

    assert loaded(store, step.root).version == 3
    assert store.verify_audit()["first_bad"] is None


def test_nothing_is_seen_before_the_commit_and_all_after_it(store: SqlStore) -> None:
    definition = deploy(store)

    def give_up() -> None:
        with store.begin() as uow:
            Step(uow, definition.key).apply()
            raise KeyError

    with pytest.raises(KeyError):
        give_up()

    assert store.search(SearchQuery("process-instances")).total == 0
    start(store, definition)
    assert store.search(SearchQuery("process-instances")).total == 1


def test_an_instance_that_ends_at_once(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        step.end(step.state.elements[step.root])
        step.apply(tags=["vip", "eu"], business_id="B-1")

    assert loaded(store, step.root).elements == {}
    (row,) = items(store, "process-instances")
    assert (row["state"], row["endDate"], row["tags"], row["businessId"]) == (
        "COMPLETED",
        row["startDate"],
        ["vip", "eu"],
        "B-1",
    )
    with store.read() as uow:
        header = uow.header(step.root)
    assert header is not None
    assert (header.state, header.tags, header.business_id, header.root_key) == (
        "COMPLETED",
        ("vip", "eu"),
        "B-1",
        step.root,
    )
    assert (header.process_id, header.process_version) == ("order", 1)


def test_called_processes_share_the_root(store: SqlStore) -> None:
    definition, called = deploy(store), deploy(store, "called", name=None)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        caller = step.element(6, ElementType.CALL_ACTIVITY)
        child = step.child_process(caller, called.key)
        step.variables(child.key, inner=1)
        step.apply()

    state = loaded(store, step.root)
    assert state.elements[child.key].parent == caller.key
    assert state.variables == {child.key: {"inner": 1}}
    (row,) = items(store, "process-instances", parentProcessInstanceKey=step.root)
    assert (row["processInstanceKey"], row["rootProcessInstanceKey"]) == (child.key, step.root)
    assert row["parentElementInstanceKey"] == caller.key
    assert row["processDefinitionId"] == "called"
    with store.begin() as uow:
        assert uow.load(child.key) is None

        step = Step(uow, definition.key, uow.load(step.root))
        step.end(step.state.elements[child.key], "TERMINATED")
        step.end(step.state.elements[caller.key])
        step.apply()
    (row,) = items(store, "process-instances", processInstanceKey=child.key)
    assert row["state"] == "TERMINATED"


def test_incidents_mark_the_instance_and_its_callers(store: SqlStore) -> None:
    definition, called = deploy(store), deploy(store, "called")
    with store.begin() as uow:
        step = Step(uow, definition.key)
        child = step.child_process(step.element(6, ElementType.CALL_ACTIVITY), called.key)
        task = step.element(2, ElementType.SERVICE_TASK, parent=child.key, process_key=child.key)
        task.incident = uow.ids.next()
        step.open(
            IncidentOpened(task.incident, task.key, child.key, called.key, "check", "IO_MAPPING_ERROR", "no «x»", None)
        )
        step.apply()

    with store.read() as uow:
        incident = uow.incident(task.incident)
    assert incident is not None
    assert (incident.state, incident.process_id, incident.message, incident.root_key) == (
        "ACTIVE",
        "called",
        "no «x»",
        step.root,
    )
    assert len(items(store, "process-instances", hasIncident=True)) == 2
    assert len(items(store, "element-instances", hasIncident=True, incidentKey=task.incident)) == 1
    assert len(items(store, "process-instances", errorMessage="no «x»")) == 1

    with store.begin() as uow:
        step = Step(uow, definition.key, uow.load(step.root))
        step.state.elements[task.key].incident = 0
        step.touch(step.state.elements[task.key])
        step.close("incident", incident.key, "resolved")
        step.apply()

    assert items(store, "process-instances", hasIncident=True) == []
    assert items(store, "element-instances", hasIncident=True) == []
    (row,) = items(store, "incidents", state="RESOLVED")
    assert row["resolutionTime"] is not None


def test_history_tells_every_command_in_order(store: SqlStore, clock: Clock) -> None:
    definition = deploy(store)
    root = start(store, definition)
    clock.advance(minutes=1)
    with store.begin() as uow:
        step = Step(uow, definition.key, uow.load(root))
        for number in range(300):
            step.event(SequenceFlowTaken(root, f"flow{number % 3}"))
        step.apply("COMPLETE", actor=PERSON, details={"confidence": Decimal("0.7")})

    first, second = store.history(root)
    assert [first["sequence"], second["sequence"]] == [1, 2]
    assert first["events"][0] == ["ElementActivated", root, "order"]
    assert len(second["events"]) == 300
    assert (second["at"], second["operation"]) == (clock.now, "COMPLETE")
    assert second["actor"] == {"kind": "user", "id": "ann"}
    assert second["audit"]["details"] == {"confidence": Decimal("0.7")}
    flows = items(store, "sequence-flows", processInstanceKey=root)
    assert [(one["sequenceFlowId"], one["taken"]) for one in flows] == [("flow0", 100), ("flow1", 100), ("flow2", 100)]


def test_decisions_are_recorded(store: SqlStore) -> None:
    definition = deploy(store)
    details = {"decisionName": "Risk", "decisionVersion": 2, "decisionKey": 7, "output": {"risk": "low"}, "inputs": [1]}
    with store.begin() as uow:
        step = Step(uow, definition.key)
        task = step.element(2, ElementType.BUSINESS_RULE_TASK)
        step.event(DecisionEvaluated(task.key, "risk", details))
        step.end(task)
        step.apply()

    (row,) = items(store, "decision-instances", decisionDefinitionId="risk")
    told = {"decisionId": "risk", **details}
    assert (row["result"], row["details"], row["elementInstanceKey"]) == ({"risk": "low"}, told, task.key)
    assert (row["decisionDefinitionVersion"], row["elementId"], row["state"]) == (2, "check", "EVALUATED")
    assert store.get("decision-instances", row["decisionEvaluationInstanceKey"]) == row


def test_thrown_messages_and_signals_go_to_the_outbox_in_order(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        step.transition.outbox.append(MessageToSend(1, step.root, "hello", "k", {"a": Decimal("1.5")}))
        step.transition.outbox.append(SignalToSend(1, step.root, "all", {}))
        step.apply(tenant_id=DEFAULT_TENANT)

    with store.begin() as uow:
        first, second = uow.outbox(10)
        assert (first.kind, first.name, first.correlation_key, first.variables) == (
            "message",
            "hello",
            "k",
            {"a": Decimal("1.5")},
        )
        assert (second.kind, second.name, second.root_key, second.tenant_id) == (
            "signal",
            "all",
            step.root,
            DEFAULT_TENANT,
        )
        uow.delete_outbox(first.key)
    with store.begin() as uow:
        assert uow.outbox(10) == [second]


def test_visible_variables_are_the_nearest_ones(store: SqlStore) -> None:
    definition, called = deploy(store), deploy(store, "called")
    with store.begin() as uow:
        step = Step(uow, definition.key)
        caller = step.element(6, ElementType.CALL_ACTIVITY)
        child = step.child_process(caller, called.key)
        sub = step.element(5, ElementType.SUB_PROCESS, parent=child.key, process_key=child.key)
        task = step.element(2, ElementType.SERVICE_TASK, parent=sub.key, process_key=child.key)
        step.variables(step.root, outside=True)
        step.variables(child.key, a="process", b="process", c="process")
        step.variables(sub.key, b="sub", c="sub")
        step.variables(task.key, c="task")
        step.variable(task.key, "\x01loop", 1)
        step.apply()

    with store.read() as uow:
        assert uow.visible_variables(task.key) == {"a": "process", "b": "sub", "c": "task"}
        assert uow.visible_variables(sub.key) == {"a": "process", "b": "sub", "c": "sub"}
        assert uow.visible_variables(task.key, ["c", "x"]) == {"c": "task"}
        assert uow.visible_variables(1) == {}
        assert uow.variables([task.key, sub.key], ["c"]) == {task.key: {"c": "task"}, sub.key: {"c": "sub"}}


def test_actors_are_kept(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        Step(uow, definition.key).apply("CREATE", actor=Actor("agent", "classifier"))
    (row,) = items(store, "audit-logs", actorId="classifier")
    assert (row["actorKind"], row["actorType"], row["operationType"]) == ("agent", "CLIENT", "CREATE")


def test_what_it_waits_for_is_read_as_older_versions_wrote_it() -> None:
    # Given an element that waits for two things; when its row is read, as it is written now and with all names and keys in full; then it is the same.
    element = ElementInstance(1000, 2, ElementType.RECEIVE_TASK, 9, 900, 900)
    older = {"waits": [["message", 1003, 2, None], ["timer", 1001, 4, {"rounds": 2}]]}

    element.load_runtime_json(older)
    again = ElementInstance(1000, 2, ElementType.RECEIVE_TASK, 9, 900, 900)
    again.load_runtime_json(element.runtime_json())

    assert element.runtime_json() == {"w": [["m", 3, 2], ["t", 1, 4, {"rounds": 2}]]}
    assert [[one.kind, one.key, one.slot, one.data] for one in again.waits.values()] == older["waits"]
