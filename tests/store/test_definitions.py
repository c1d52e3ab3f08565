"""Deployments: kept whole, looked up by version, tag and deployment; start triggers belong to the latest version."""

from dataclasses import replace

import pytest

from laneway.domain.definition import DecisionDefinition, Deployment, Resource, StartTrigger
from laneway.domain.errors import StaleState
from laneway.domain.types import DEFAULT_TENANT
from laneway.store import SqlStore
from tests.store.build import NOON, deploy, deployment


def test_a_deployment_comes_back_whole(store: SqlStore) -> None:
    with store.begin() as uow:
        made = deployment(uow, forms=[("letter", 1)])
        decision = DecisionDefinition(
            uow.ids.next(), "risk", "Risk", 1, made.key, made.resources[0].key, "rules", uow.ids.next(), "Rules", "h"
        )
        made = replace(made, decisions=(decision,))
        uow.add_deployment(made)

    with store.read() as uow:
        assert uow.deployment(made.key) == made
        assert uow.deployment(1) is None
        assert uow.resources_of(made.key) == list(made.resources)
        assert uow.resource(made.resources[0].key) == made.resources[0]
        assert uow.process_definition(made.processes[0].key) == made.processes[0]
        assert uow.process_in_deployment("order", made.key) == made.processes[0]
        assert uow.latest_decision("risk", DEFAULT_TENANT) == decision
        assert uow.decision_in_deployment("risk", made.key) == decision
        assert uow.latest_form("letter", DEFAULT_TENANT) == made.forms[0]
        assert uow.form_in_deployment("letter", made.key) == made.forms[0]
        assert uow.form(made.forms[0].key) == made.forms[0]


def test_versions_and_tags(store: SqlStore) -> None:
    first = deploy(store, version=1, tag="spring")
    second = deploy(store, version=2, tag="spring")
    third = deploy(store, version=3)

    with store.read() as uow:
        assert uow.latest_process("order", DEFAULT_TENANT) == third
        assert uow.process_by_version("order", 1, DEFAULT_TENANT) == first
        assert uow.process_by_tag("order", "spring", DEFAULT_TENANT) == second
        assert uow.process_by_tag("order", "autumn", DEFAULT_TENANT) is None
        assert uow.latest_process("other", DEFAULT_TENANT) is None


def test_versions_tags_and_names_of_decisions(store: SqlStore) -> None:
    made = []
    for version, tag in ((1, "spring"), (2, "spring"), (3, None)):
        with store.begin() as uow:
            added = deployment(uow, version=version)
            decision = DecisionDefinition(
                uow.ids.next(), "risk", "Risk of it", version, added.key, added.resources[0].key, "rules",
                uow.ids.next(), "Rules", "h", version_tag=tag,
            )  # fmt: skip
            uow.add_deployment(replace(added, decisions=(decision,)))
            made.append(decision)

    with store.read() as uow:
        assert uow.latest_decision("risk", DEFAULT_TENANT) == made[2]
        assert uow.decision_by_version("risk", 1, DEFAULT_TENANT) == made[0]
        assert uow.decision_by_version("risk", 4, DEFAULT_TENANT) is None
        assert uow.decision_by_tag("risk", "spring", DEFAULT_TENANT) == made[1]
        assert uow.decision_by_tag("risk", "autumn", DEFAULT_TENANT) is None
        assert uow.decision_by_tag("risk", "spring", "theirs") is None
        assert uow.latest_decision_named("Risk of it", DEFAULT_TENANT) == made[2]
        assert uow.latest_decision_named("Risk of it", "theirs") is None
        assert uow.decision_definition(made[0].key) == made[0]


def test_the_latest_dmn_file_of_a_namespace_and_what_it_imports(store: SqlStore) -> None:
    made = []
    for number, tenant_id in enumerate((DEFAULT_TENANT, DEFAULT_TENANT, "theirs")):
        with store.begin() as uow:
            key = uow.ids.next()
            file = Resource(
                uow.ids.next(),
                key,
                "shared.dmn",
                "decision",
                "h",
                b"<x/>",
                tenant_id,
                "shared",
                {"base": 2**62 + number},
            )
            uow.add_deployment(Deployment(key, NOON, (file,), (), (), (), (), tenant_id))
            made.append(file)

    with store.read() as uow:
        assert uow.latest_decision_file("shared", DEFAULT_TENANT) == made[1]
        assert uow.latest_decision_file("shared", "theirs") == made[2]
        assert uow.latest_decision_file("base", DEFAULT_TENANT) is None
        assert uow.resource(made[0].key) == made[0]


def test_tenants_do_not_see_each_other(store: SqlStore) -> None:
    ours = deploy(store, tenant_id="ours")
    theirs = deploy(store, tenant_id="theirs")

    with store.read() as uow:
        assert uow.latest_process("order", "ours") == ours
        assert uow.latest_process("order", "theirs") == theirs
        assert uow.latest_process("order", DEFAULT_TENANT) is None


def test_a_version_is_given_once(store: SqlStore) -> None:
    deploy(store, version=1)
    with pytest.raises(StaleState):
        deploy(store, version=1)


def test_what_was_deployed_before_is_not_added_again(store: SqlStore) -> None:
    first = deploy(store)
    with store.begin() as uow:
        again = replace(deployment(uow), resources=(), processes=(first,))
        uow.add_deployment(again)

    with store.read() as uow:
        assert uow.latest_process("order", DEFAULT_TENANT) == first


def test_start_triggers_are_those_of_the_latest_version(store: SqlStore) -> None:
    def first(key: int) -> list[StartTrigger]:
        return [
            StartTrigger(1, key, "order", "s", "message", "order placed"),
            StartTrigger(2, key, "order", "t", "timer", None, NOON),
        ]

    def second(key: int) -> list[StartTrigger]:
        return [
            StartTrigger(3, key, "order", "s", "message", "order placed"),
            StartTrigger(4, key, "order", "t", "timer", None, NOON, -1, "R/PT1H"),
        ]

    deploy(store, version=1, triggers=first)
    latest = deploy(store, version=2, triggers=second)

    with store.begin() as uow:
        (trigger,) = uow.start_triggers("message", "order placed", DEFAULT_TENANT)
        assert (trigger.key, trigger.definition_key) == (3, latest.key)
        assert uow.start_trigger(3) == trigger
        assert uow.start_triggers("message", "order placed", "other") == []
        (timer,) = uow.due_timers(10)
        assert (timer.start_trigger_key, timer.root_key, timer.definition_key) == (4, 0, latest.key)
        assert (timer.repetitions, timer.cycle) == (-1, "R/PT1H")


def test_a_rolled_back_deployment_leaves_nothing(store: SqlStore) -> None:
    def give_up() -> None:
        with store.begin() as uow:
            uow.add_deployment(deployment(uow))
            assert uow.latest_process("order", DEFAULT_TENANT) is not None
            raise KeyError

    with pytest.raises(KeyError):
        give_up()

    with store.read() as uow:
        assert uow.latest_process("order", DEFAULT_TENANT) is None
