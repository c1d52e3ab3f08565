"""Transitions and definitions made by hand, so that the store is tested apart from the runtime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from laneway.domain.definition import Deployment, FormDefinition, ProcessDefinition, Resource, StartTrigger
from laneway.domain.history import ElementActivated, ElementCompleted, HistoryEvent, ProcessInstanceStarted
from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance, InstanceState, Wait
from laneway.domain.transition import Closed, ElementClosed, JobOpened, Opened, Transition, UserTaskOpened
from laneway.domain.types import DEFAULT_TENANT, ElementState, ElementType, JobKind
from laneway.domain.work import SYSTEM, Actor, AuditEntry
from laneway.ports import Store, UnitOfWork

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PERSON = Actor("user", "ann")

MODEL = ProcessModel(
    process_id="order",
    name="Order",
    nodes=(
        FlowNode(0, "order", "Order", ElementType.PROCESS, -1),
        FlowNode(1, "start", None, ElementType.START_EVENT, 0),
        FlowNode(2, "check", "Check it", ElementType.SERVICE_TASK, 0),
        FlowNode(3, "approve", "Approve it", ElementType.USER_TASK, 0),
        FlowNode(4, "wait", "Wait for it", ElementType.INTERMEDIATE_CATCH_EVENT, 0),
        FlowNode(5, "sub", "Sub", ElementType.SUB_PROCESS, 0),
        FlowNode(6, "call", "Call", ElementType.CALL_ACTIVITY, 0),
    ),
    flows=(),
    slots={"order": 0, "start": 1, "check": 2, "approve": 3, "wait": 4, "sub": 5, "call": 6},
    joins={},
)


def model_of(_: int) -> ProcessModel:
    return MODEL


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        self.now += timedelta(**duration)
        return self.now


def deployment(
    uow: UnitOfWork,
    process_id: str = "order",
    version: int = 1,
    *,
    name: str | None = "Order",
    tag: str | None = None,
    tenant_id: str = DEFAULT_TENANT,
    triggers: Callable[[int], Sequence[StartTrigger]] = lambda _: (),
    forms: Sequence[tuple[str, int]] = (),
) -> Deployment:
    key = uow.ids.next()
    resource = Resource(
        uow.ids.next(), key, f"{process_id}.bpmn", "process", "hash", b"<definitions/>\x00\xff", tenant_id
    )
    process = ProcessDefinition(
        key=uow.ids.next(),
        process_id=process_id,
        name=name,
        version=version,
        version_tag=tag,
        deployment_key=key,
        resource_key=resource.key,
        resource_name=resource.name,
        hash="hash",
        tenant_id=tenant_id,
        deployed_at=uow.now,
    )
    form_definitions = tuple(
        FormDefinition(uow.ids.next(), form_id, number, key, resource.key, "f.form", "h", {"components": []}, tenant_id)
        for form_id, number in forms
    )
    return Deployment(
        key, uow.now, (resource,), (process,), (), form_definitions, tuple(triggers(process.key)), tenant_id
    )


def deploy(store: Store, process_id: str = "order", version: int = 1, **options: Any) -> ProcessDefinition:
    with store.begin() as uow:
        made = deployment(uow, process_id, version, **options)
        uow.add_deployment(made)
    return made.processes[0]


class Step:
    """One transition, put together piece by piece."""

    def __init__(self, uow: UnitOfWork, definition_key: int, state: InstanceState | None = None) -> None:
        self.uow = uow
        self.definition_key = definition_key
        self.transition = Transition(state or InstanceState(uow.ids.next()))
        self.state = self.transition.state
        if state is None:
            root = self.element(0, ElementType.PROCESS, parent=0, key=self.state.root_key)
            self.transition.process_instances[root.key] = (definition_key, None, None)
            self.event(ProcessInstanceStarted(root.key, definition_key, None, None))

    @property
    def root(self) -> int:
        return self.state.root_key

    def event(self, event: HistoryEvent) -> None:
        self.transition.write(event)

    def element(
        self,
        slot: int,
        type: ElementType,
        *,
        parent: int | None = None,
        key: int | None = None,
        process_key: int | None = None,
    ) -> ElementInstance:
        parent = self.root if parent is None else parent
        key = self.uow.ids.next() if key is None else key
        made = ElementInstance(key, slot, type, self.definition_key, parent, process_key or self.root)
        made.state = ElementState.ACTIVE
        self.transition.created[key] = made
        self.state.elements[key] = made
        self.event(ElementActivated(key, MODEL.nodes[slot].id))
        return made

    def child_process(self, caller: ElementInstance, definition_key: int) -> ElementInstance:
        key = self.uow.ids.next()
        made = self.element(0, ElementType.PROCESS, parent=caller.key, key=key, process_key=key)
        made.definition_key = definition_key
        self.transition.process_instances[key] = (definition_key, caller.process_key, caller.key)
        return made

    def touch(self, element: ElementInstance) -> None:
        self.transition.touched[element.key] = None

    def end(self, element: ElementInstance, state: str = "COMPLETED") -> None:
        self.state.elements.pop(element.key)
        self.transition.touched.pop(element.key, None)
        self.transition.ended[element.key] = ElementClosed(element, state, self.uow.now)
        self.state.variables.pop(element.key, None)
        self.event(ElementCompleted(element.key, MODEL.nodes[element.slot].id))
        if element.key == self.root:
            self.transition.completed = True

    def variables(self, scope: int, **values: Any) -> None:
        for name, value in values.items():
            self.variable(scope, name, value)

    def variable(self, scope: int, name: str, value: Any) -> None:
        self.state.variables.setdefault(scope, {})[name] = value
        self.transition.variables[scope, name] = value

    def open(self, opened: Opened) -> None:
        self.transition.opened.append(opened)

    def close(self, kind: str, key: int, reason: str = "completed") -> None:
        self.transition.closed.append(Closed(kind, key, reason))

    def job(self, element: ElementInstance, type: str = "check", **changes: Any) -> JobOpened:
        key = self.uow.ids.next()
        element.own_waits()[key] = Wait("job", key, element.slot)
        opened = JobOpened(
            key,
            element.key,
            element.process_key,
            self.definition_key,
            "check",
            type,
            JobKind.EXTERNAL,
            3,
            {"a": "b"},
            None,
        )._replace(**changes)
        self.open(opened)
        return opened

    def user_task(self, element: ElementInstance, **changes: Any) -> UserTaskOpened:
        key = self.uow.ids.next()
        element.own_waits()[key] = Wait("user_task", key, element.slot)
        opened = UserTaskOpened(
            key=key,
            element_instance_key=element.key,
            process_instance_key=element.process_key,
            definition_key=self.definition_key,
            element_id="approve",
            name="Approve it",
            assignee=None,
            candidate_groups=["sales", "service"],
            candidate_users=["ann"],
            due_date=None,
            follow_up_date=None,
            priority=50,
            form_id=None,
            form_key=None,
            external_form=None,
            headers={},
            choices=[],
            choose_many=False,
            question=None,
        )._replace(**changes)
        self.open(opened)
        return opened

    def apply(
        self, operation: str = "UPDATE", *, actor: Actor = SYSTEM, tenant_id: str = DEFAULT_TENANT, **options: Any
    ) -> int:
        expected = options.pop("expected_version", self.state.version)
        details = options.pop("details", {})
        entry = AuditEntry(operation, "PROCESS_INSTANCE", self.root, actor, details=details)
        self.uow.apply(
            self.transition,
            expected_version=expected,
            audit=entry,
            tenant_id=tenant_id,
            model_of=model_of,
            **options,
        )
        return self.root


def start(store: Store, definition: ProcessDefinition, **options: Any) -> int:
    """An instance whose start event has ended and whose service task waits with a job."""
    variables = options.pop("variables", {})
    with store.begin() as uow:
        step = Step(uow, definition.key)
        step.end(step.element(1, ElementType.START_EVENT))
        step.job(step.element(2, ElementType.SERVICE_TASK))
        step.variables(step.root, **variables)
        return step.apply("CREATE", tenant_id=definition.tenant_id, **options)
