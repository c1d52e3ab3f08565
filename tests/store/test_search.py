"""Searches: every field of the official client's filters is known, operators do what they say, pages join up."""

import base64
import importlib.util
import json as plain_json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from laneway.domain.errors import InvalidInput, NotFound
from laneway.domain.transition import MessageSubscriptionOpened
from laneway.domain.types import DEFAULT_TENANT, ElementType
from laneway.ports import Filter, Page, SearchQuery
from laneway.store import SqlStore
from laneway.store.search.fields import OPERATORS
from laneway.store.search.resources import RESOURCES
from tests.store.build import NOON, Clock, Step, deploy, deployment, start

FILTERS_OF_THE_OFFICIAL_CLIENT = {
    "process-definitions": "process_definition_filter",
    "process-instances": "process_instance_filter",
    "element-instances": "element_instance_filter",
    "user-tasks": "user_task_filter",
    "jobs": "job_filter",
    "incidents": "incident_filter",
    "variables": "variable_filter",
    "decision-definitions": "decision_definition_filter",
    "decision-requirements": "decision_requirements_filter",
    "decision-instances": "decision_instance_filter",
    "message-subscriptions": "message_subscription_filter",
    "correlated-message-subscriptions": "correlated_message_subscription_filter",
    "audit-logs": "audit_log_filter",
    "resources": "resource_filter",
}


def search(store: SqlStore, resource: str, *filters: tuple[str, str, Any], **options: Any) -> Page:
    return store.search(SearchQuery(resource, tuple(Filter(*one) for one in filters), **options))


def found(store: SqlStore, resource: str, name: str, *filters: tuple[str, str, Any], **options: Any) -> list[Any]:
    return [item[name] for item in search(store, resource, *filters, **options).items]


def _wire_names(module: str) -> set[str]:
    """Read from the source: importing the client's nine hundred modules takes seconds."""
    spec = importlib.util.find_spec("camunda_orchestration_sdk")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "models" / f"{module}.py").read_text()
    return {name for name in re.findall(r'd\.pop\(\s*"([^"]+)"', source) if not name.startswith("$")}


@pytest.mark.parametrize(("resource", "model"), FILTERS_OF_THE_OFFICIAL_CLIENT.items())
def test_every_field_of_the_official_client_can_be_asked(resource: str, model: str) -> None:
    names = _wire_names(model)
    assert names
    assert names <= set(RESOURCES[resource].fields)


def test_every_field_and_operator_is_sound_sql(store: SqlStore) -> None:
    samples = {
        "key": "1", "text": "x", "enum": "x", "integer": 1, "boolean": True, "instant": NOON, "json": '"x"'
    }  # fmt: skip
    for resource, contents in RESOURCES.items():
        plain = {name: field for name, field in contents.fields.items() if field.special is None}
        filters = [
            (name, operator, _sample(samples[field.kind], operator))
            for name, field in plain.items()
            for operator in OPERATORS[field.kind]
        ]
        search(store, resource, *filters)
        search(
            store,
            resource,
            sort=tuple((name, "DESC") for name, one in plain.items() if one.sortable and not one.related),
        )


def _sample(value: Any, operator: str) -> Any:
    if operator == "exists":
        return True
    return [value] if operator in ("in", "notIn") else value


def test_instances_by_what_they_are(store: SqlStore, clock: Clock) -> None:
    definition = deploy(store)
    other = deploy(store, "invoice", name="Invoice %_*", version=3, tag="v3")
    first = start(store, definition, tags=["vip", "eu"], business_id="B-1", variables={"total": Decimal("10.50")})
    clock.advance(hours=1)
    second = start(store, other, tags=["vip"], variables={"name": "Ann", "total": 3})
    keys = "process-instances", "processInstanceKey"

    assert found(store, *keys) == [first, second]
    assert found(store, *keys, ("processDefinitionId", "eq", "order")) == [first]
    assert found(store, *keys, ("processDefinitionId", "in", ["order", "invoice"])) == [first, second]
    assert found(store, *keys, ("processDefinitionId", "notIn", ["order"])) == [second]
    assert found(store, *keys, ("processDefinitionVersionTag", "neq", "v3")) == [first]
    assert found(store, *keys, ("processDefinitionVersionTag", "exists", True)) == [second]
    assert found(store, *keys, ("businessId", "exists", False)) == [second]
    assert found(store, *keys, ("processDefinitionVersion", "gt", 1), ("processDefinitionVersion", "lte", 3)) == [
        second
    ]
    assert found(store, *keys, ("startDate", "gte", "2026-11-22T13:00:00Z")) == [second]
    assert found(store, *keys, ("startDate", "lt", NOON + timedelta(minutes=1))) == [first]
    assert found(store, *keys, ("processInstanceKey", "eq", str(first))) == [first]
    assert found(store, *keys, ("processInstanceKey", "eq", "9999999999999999999999999")) == []
    assert found(store, *keys, ("state", "eq", "active")) == [first, second]
    assert found(store, *keys, ("tags", "eq", ["vip"])) == [first, second]
    assert found(store, *keys, ("tags", "eq", ["vip", "eu"])) == [first]
    assert found(store, *keys, ("tags", "eq", ["vi"])) == []
    assert found(store, *keys, ("elementId", "eq", "check"), ("elementInstanceState", "eq", "ACTIVE")) == [
        first,
        second,
    ]
    assert found(store, *keys, ("elementId", "eq", "start"), ("elementInstanceState", "eq", "ACTIVE")) == []
    assert found(store, *keys, ("elementId", "neq", "check")) == []
    assert found(store, *keys, ("variables", "eq", [{"name": "total", "value": "10.50"}])) == [first]
    assert found(store, *keys, ("variables", "eq", [{"name": "total", "value": " 3 "}])) == [second]
    assert found(store, *keys, ("variables", "eq", [{"name": "name", "value": {"$like": '"A*'}}])) == [second]
    assert found(store, *keys, ("variables", "eq", [{"name": "name", "value": {"$exists": False}}])) == [first]
    assert (
        found(store, *keys, ("variables", "eq", [{"name": "total", "value": "3"}, {"name": "name", "value": '"Bob"'}]))
        == []
    )


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("Invoice*", True),
        ("invoice*", False),
        ("*voice*", True),
        ("I?voice \\*\\? [a] %_\\\\", True),
        ("*%*", True),
        ("*%%*", False),
        ("*[a]*", True),
        ("*\\**", True),
        ("Invoice", False),
        ("**", True),
    ],
)
def test_like(store: SqlStore, pattern: str, matches: bool) -> None:
    deploy(store, name="Invoice *? [a] %_\\")
    assert search(store, "process-definitions", ("name", "like", pattern)).total == matches


def test_either_or(store: SqlStore) -> None:
    keys = [deploy(store, version=version).key for version in (1, 2, 3)]
    either = ((Filter("version", "eq", 1),), (Filter("version", "gt", 1), Filter("isLatestVersion", "eq", True)))
    assert found(store, "process-definitions", "processDefinitionKey", any_of=either) == [keys[0], keys[2]]


def test_user_tasks_of_candidates_and_by_variables(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        one, two = step.element(3, ElementType.USER_TASK), step.element(3, ElementType.USER_TASK)
        first = step.user_task(one, candidate_groups=["sales"], candidate_users=[])
        second = step.user_task(two, candidate_groups=["legal", "sales"], candidate_users=["bob"], assignee="ann")
        step.variables(step.root, customer="Acme")
        step.variables(two.key, draft=True)
        step.apply(business_id="B-7")
    keys = "user-tasks", "userTaskKey"

    assert found(store, *keys, ("candidateGroup", "eq", "sales")) == [first.key, second.key]
    assert found(store, *keys, ("candidateGroup", "in", ["legal", "x"])) == [second.key]
    assert found(store, *keys, ("candidateGroup", "neq", "legal")) == [first.key]
    assert found(store, *keys, ("candidateGroup", "like", "le*")) == [second.key]
    assert found(store, *keys, ("candidateUser", "exists", False)) == [first.key]
    assert found(store, *keys, ("assignee", "exists", False)) == [first.key]
    assert found(store, *keys, ("businessId", "eq", "B-7")) == [first.key, second.key]
    assert found(store, *keys, ("processInstanceVariables", "eq", [{"name": "customer", "value": '"Acme"'}])) == [
        first.key,
        second.key,
    ]
    assert found(store, *keys, ("localVariables", "eq", [{"name": "draft", "value": "true"}])) == [second.key]


def test_variables_show_their_values_and_hide_the_engines_own(store: SqlStore) -> None:
    definition = deploy(store)
    with store.begin() as uow:
        step = Step(uow, definition.key)
        step.variable(step.root, "\x01items", [1])
        step.variables(step.root, deep={"a": [Decimal("1.10"), None]}, text="a", long="x" * 20_000)
        step.apply()

    rows = {row["name"]: row for row in search(store, "variables").items}
    assert set(rows) == {"deep", "text", "long"}
    assert rows["deep"]["value"] == {"a": [Decimal("1.10"), None]}
    assert rows["long"]["value"] == "x" * 20_000
    assert rows["text"]["isTruncated"] is False
    assert found(store, "variables", "name", ("value", "eq", ' {"a" : [1.10, null]}')) == ["deep"]
    assert found(store, "variables", "name", ("value", "eq", "not JSON")) == []
    assert found(store, "variables", "name", ("name", "like", "\x01*")) == []
    assert store.get("variables", rows["text"]["variableKey"]) == rows["text"]


def test_message_subscriptions_of_elements_and_of_start_events(store: SqlStore) -> None:
    from laneway.domain.definition import StartTrigger

    definition = deploy(store, triggers=lambda key: [StartTrigger(5, key, "order", "start", "message", "placed")])
    with store.begin() as uow:
        step = Step(uow, definition.key)
        key = uow.ids.next()
        step.open(MessageSubscriptionOpened(key, step.root, step.root, definition.key, "wait", "paid", "o-1", True))
        step.apply(business_id="B-1")

    start_event, element = search(store, "message-subscriptions").items
    assert (start_event["messageSubscriptionType"], start_event["messageName"]) == ("START_EVENT", "placed")
    assert (start_event["processInstanceKey"], start_event["correlationKey"]) == (None, None)
    assert (element["messageSubscriptionType"], element["correlationKey"]) == ("PROCESS_EVENT", "o-1")
    assert (element["processDefinitionName"], element["businessId"], element["toolProperties"]) == ("Order", "B-1", {})
    assert store.get("message-subscriptions", key) == element


def test_nothing_of_another_tenant(store: SqlStore) -> None:
    ours, theirs = deploy(store, tenant_id="ours"), deploy(store, tenant_id="theirs")
    mine, other = start(store, ours), start(store, theirs)
    for resource in sorted(RESOURCES):
        assert {row["tenantId"] for row in search(store, resource, tenant_ids=("ours",)).items} <= {"ours"}
        assert search(store, resource, tenant_ids=()).total == 0
    assert store.get("process-instances", mine, ["ours"]) is not None
    assert store.get("process-instances", other, ["ours"]) is None
    assert store.get("process-instances", other) is not None
    assert search(store, "sequence-flows", ("processInstanceKey", "eq", other), tenant_ids=("ours",)).total == 0


def test_a_row_by_its_key(store: SqlStore) -> None:
    definition = deploy(store)
    row = store.get("process-definitions", str(definition.key))
    assert row is not None
    assert row["processDefinitionId"] == "order"
    assert store.get("process-definitions", "99999999999999999999") is None
    assert store.get("process-definitions", "x' OR 1=1") is None
    assert store.get("process-definitions", -1) is None


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        (SearchQuery("jobs", (Filter("typ", "eq", "x"),)), "unknown_field", "type"),
        (SearchQuery("jobs", (Filter("type", "gt", "x"),)), "unknown_operator", "$like"),
        (SearchQuery("jobs", (Filter("hasFailedWithRetriesLeft", "like", "x"),)), "unknown_operator", "$eq"),
        (SearchQuery("user-tasks", (Filter("candidateGroup", "gt", "x"),)), "unknown_operator", "$in"),
        (SearchQuery("jobs", (Filter("jobKey", "eq", "12x"),)), "invalid_filter_value", "digits"),
        (SearchQuery("jobs", (Filter("jobKey", "eq", -1),)), "invalid_filter_value", "digits"),
        (SearchQuery("jobs", (Filter("retries", "eq", "3"),)), "invalid_filter_value", "whole number"),
        (SearchQuery("jobs", (Filter("retries", "eq", True),)), "invalid_filter_value", "whole number"),
        (SearchQuery("jobs", (Filter("retries", "eq", 10**12),)), "invalid_filter_value", "32 bits"),
        (SearchQuery("jobs", (Filter("type", "eq", "a\x00"),)), "invalid_filter_value", "U+0000"),
        (SearchQuery("jobs", (Filter("type", "eq", "\ud800"),)), "invalid_filter_value", "surrogates"),
        (SearchQuery("jobs", (Filter("type", "in", "a"),)), "invalid_filter_value", "list"),
        (SearchQuery("jobs", (Filter("type", "in", ["a"] * 1_001),)), "invalid_filter_value", "1000"),
        (SearchQuery("jobs", (Filter("type", "in", [None]),)), "invalid_filter_value", "null"),
        (SearchQuery("jobs", (Filter("type", "exists", "yes"),)), "invalid_filter_value", "true or false"),
        (SearchQuery("jobs", (Filter("retries", "gt", None),)), "invalid_filter_value", "null"),
        (SearchQuery("jobs", (Filter("deadline", "eq", "tomorrow"),)), "invalid_filter_value", "2026"),
        (SearchQuery("jobs", (Filter("deadline", "eq", "2026-11-22T00:00:00"),)), "invalid_filter_value", "offset"),
        (
            SearchQuery("jobs", (Filter("deadline", "eq", "0001-01-01T00:00:00+05:00"),)),
            "invalid_filter_value",
            "years",
        ),
        (SearchQuery("jobs", (Filter("type", "like", "*a" * 17),)), "pattern_too_complex", "16"),
        (SearchQuery("jobs", (Filter("type", "like", "a" * 1_001),)), "pattern_too_complex", "1000"),
        (SearchQuery("process-instances", (Filter("tags", "eq", "vip"),)), "invalid_filter_value", "list"),
        (
            SearchQuery("process-instances", (Filter("variables", "eq", [{"name": "a"}]),)),
            "invalid_filter_value",
            "name",
        ),
        (
            SearchQuery("process-instances", (Filter("variables", "eq", [{"name": "a", "value": {"$gt": "1"}}]),)),
            "unknown_operator",
            "$eq",
        ),
        (SearchQuery("jobs", limit=-1), "invalid_limit", "10000"),
        (SearchQuery("jobs", limit=10_001), "invalid_limit", "10000"),
        (SearchQuery("jobs", limit=10**9), "invalid_limit", "10000"),
        (SearchQuery("jobs", offset=-1), "invalid_limit", "0"),
        (SearchQuery("jobs", offset=2**40), "invalid_limit", "0"),
        (SearchQuery("jobs", sort=(("nope", "ASC"),)), "unknown_field", "type"),
        (SearchQuery("user-tasks", sort=(("candidateGroup", "ASC"),)), "unknown_field", "sorted"),
        (SearchQuery("jobs", after="x", before="y"), "invalid_cursor", "one of them"),
        (SearchQuery("sequence-flows"), "invalid_filter_value", "processInstanceKey"),
    ],
)
def test_refuses_and_says_what_is_allowed(memory: SqlStore, query: SearchQuery, code: str, says: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        memory.search(query)
    assert raised.value.code == code
    assert says in raised.value.message


def test_an_unknown_resource(memory: SqlStore) -> None:
    with pytest.raises(NotFound, match=r"there are .*jobs"):
        memory.search(SearchQuery("nothing"))


def _encoded(value: Any) -> str:
    return base64.b64encode(plain_json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!",
        "AAAA",
        "ü",
        "A" * 300_000,
        _encoded(None),
        _encoded([]),
        _encoded(["x", [1]]),
        _encoded({"a": 1}),
    ],
    ids=range(10),
)
def test_a_made_up_cursor(memory: SqlStore, cursor: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        search(memory, "process-definitions", after=cursor)
    assert raised.value.code == "invalid_cursor"


@pytest.mark.parametrize(
    "values", [[], [1, 2], ["1; DROP TABLE job"], [None], [True], [[1]], [{"a": 1}], [10**30], [1.5], [-1]], ids=str
)
def test_a_forged_cursor(memory: SqlStore, values: list[Any]) -> None:
    deploy(memory)
    genuine = search(memory, "process-definitions").end_cursor
    assert genuine is not None
    fingerprint, _ = plain_json.loads(base64.b64decode(genuine))

    with pytest.raises(InvalidInput) as raised:
        search(memory, "process-definitions", before=_encoded([fingerprint, values]))
    assert raised.value.code == "invalid_cursor"


def test_a_cursor_belongs_to_its_order(memory: SqlStore) -> None:
    deploy(memory)
    cursor = search(memory, "process-definitions").end_cursor
    with pytest.raises(InvalidInput):
        search(memory, "process-definitions", after=cursor, sort=(("name", "ASC"),))
    with pytest.raises(InvalidInput):
        search(memory, "deployments", after=cursor)


def test_as_many_keys_as_may_be_asked_for(memory: SqlStore) -> None:
    # SQLite takes an expression that is a thousand deep, and no deeper
    keys = [str(key) for key in range(1, 1_001)]
    assert search(memory, "element-instances", ("elementInstanceKey", "in", keys)).items == []


def test_limit_zero_counts_only(store: SqlStore) -> None:
    deploy(store)
    page = search(store, "process-definitions", limit=0)
    assert (page.items, page.total, page.start_cursor) == ([], 1, None)


def test_totals_are_exact_up_to_their_cap(memory: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("laneway.store.search.compiler.COUNTED", 3)
    for version in (1, 2, 3):
        deploy(memory, version=version)
    assert (search(memory, "process-definitions").total, search(memory, "process-definitions").has_more_total) == (
        3,
        False,
    )
    deploy(memory, version=4)
    page = search(memory, "process-definitions", limit=1)
    assert (page.total, page.has_more_total, len(page.items)) == (3, True, 1)


NAMES = [None, "a", "B", "b", "Ä", "_", "😀", "a", None]
SORTS = st.lists(
    st.tuples(
        st.sampled_from(["name", "versionTag", "version", "deployedAt", "isLatestVersion", "processDefinitionKey"]),
        st.sampled_from(["ASC", "DESC"]),
    ),
    max_size=3,
    unique_by=lambda one: one[0],
)


@pytest.fixture
def catalogue(store: SqlStore, clock: Clock) -> SqlStore:
    for number, name in enumerate(NAMES):
        clock.advance(seconds=number % 3)
        with store.begin() as uow:
            uow.add_deployment(deployment(uow, f"p{number % 4}", number + 1, name=name, tag=NAMES[-number]))
    return store


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=SORTS, limit=st.integers(1, 10))
def test_pages_join_up_both_ways(catalogue: SqlStore, sort: list[tuple[str, Any]], limit: int) -> None:
    whole = search(catalogue, "process-definitions", sort=tuple(sort))
    assert len(whole.items) == len(NAMES)
    assert whole.items == sorted(
        sorted(whole.items, key=lambda item: item["processDefinitionKey"]), key=_Place.of(sort)
    )

    forwards: list[Any] = []
    page = search(catalogue, "process-definitions", sort=tuple(sort), limit=limit)
    while page.items:
        forwards += page.items
        last = page
        page = search(catalogue, "process-definitions", sort=tuple(sort), limit=limit, after=page.end_cursor)
    assert forwards == whole.items

    backwards = last.items
    while True:
        page = search(catalogue, "process-definitions", sort=tuple(sort), limit=limit, before=last.start_cursor)
        if not page.items:
            break
        backwards = page.items + backwards
        last = page
    assert backwards == whole.items


class _Place:
    """The order that a search promises: nothing comes last whatever the direction; text goes by code point."""

    def __init__(self, values: list[tuple[Any, str]]) -> None:
        self.values = values

    @staticmethod
    def of(sort: list[tuple[str, Any]]) -> Any:
        return lambda item: _Place([(item[name], direction) for name, direction in sort])

    def __lt__(self, other: "_Place") -> bool:
        for (mine, direction), (theirs, _) in zip(self.values, other.values, strict=True):
            if mine == theirs:
                continue
            if mine is None or theirs is None:
                return theirs is None
            return (mine < theirs) == (direction == "ASC")
        return False


def test_a_page_from_an_offset(catalogue: SqlStore) -> None:
    whole = found(catalogue, "process-definitions", "processDefinitionKey")
    assert found(catalogue, "process-definitions", "processDefinitionKey", offset=2, limit=3) == whole[2:5]
    assert found(catalogue, "process-definitions", "processDefinitionKey", offset=50) == []


def test_jobs_in_the_words_of_the_wire(store: SqlStore) -> None:
    from laneway.domain.types import JobKind

    start(store, deploy(store))
    with store.begin() as uow:
        (job,) = uow.activate_jobs(
            kind=JobKind.EXTERNAL, types=None, worker="w", timeout_ms=1000, limit=1, tenant_ids=[DEFAULT_TENANT]
        )
    (row,) = search(store, "jobs", ("state", "eq", "CREATED"), ("worker", "eq", "w")).items
    assert (row["jobKey"], row["kind"], row["workKind"], row["activated"]) == (
        job.key,
        "BPMN_ELEMENT",
        "EXTERNAL",
        True,
    )
    assert row["deadline"] == NOON + timedelta(seconds=1)
