"""A search's text is built once for its shape: what is found is what a look at every row finds, whether it was built before or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from laneway.ports import Filter, SearchQuery
from laneway.store import SqlStore, open_store
from laneway.store.search import texts
from laneway.store.search.conditions import read
from laneway.store.search.given import Values
from laneway.store.search.resources import RESOURCES
from tests.store.build import NOON, Clock, deploy, deployment, start

NAMES = [None, "a", "B", "b", "Ä", "_", "😀", "a", None]
DEFINITIONS = "process-definitions"
OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda mine, given: bool(mine == given),
    "neq": lambda mine, given: bool(mine != given),
    "exists": lambda mine, given: (mine is not None) == given,
    "in": lambda mine, given: mine in given,
    "notIn": lambda mine, given: mine is None or mine not in given,
    "gt": lambda mine, given: bool(mine > given),
    "gte": lambda mine, given: bool(mine >= given),
    "lt": lambda mine, given: bool(mine < given),
    "lte": lambda mine, given: bool(mine <= given),
}


@pytest.fixture
def catalogue(store: SqlStore, clock: Clock) -> SqlStore:
    for number, name in enumerate(NAMES):
        clock.advance(seconds=number % 3)
        with store.begin() as uow:
            uow.add_deployment(deployment(uow, f"p{number % 4}", number + 1, name=name, tag=NAMES[-number]))
    return store


def _filters(name: str, values: st.SearchStrategy[Any], ordered: bool) -> st.SearchStrategy[Filter]:
    lists = st.lists(values, max_size=5)
    forms = [
        st.builds(Filter, st.just(name), st.sampled_from(["eq", "neq"]), values),
        st.builds(Filter, st.just(name), st.sampled_from(["in", "notIn"]), lists),
        st.builds(Filter, st.just(name), st.just("exists"), st.booleans()),
    ]
    if ordered:
        forms.append(st.builds(Filter, st.just(name), st.sampled_from(["gt", "gte", "lt", "lte"]), values))
    return st.one_of(forms)


FILTER = st.one_of(
    _filters("name", st.sampled_from(["a", "b", "Ä", "nobody", "%"]), False),
    _filters("versionTag", st.sampled_from(["a", "B", "😀"]), False),
    _filters("version", st.integers(0, 12), True),
    _filters("deployedAt", st.sampled_from([NOON, NOON.replace(second=3), NOON.replace(second=7)]), True),
    _filters("processDefinitionId", st.sampled_from(["p0", "p1", "p3", "p9"]), False),
    st.builds(Filter, st.just("state"), st.sampled_from(["eq", "neq"]), st.sampled_from(["ACTIVE", "x"])),
    st.builds(Filter, st.just("isLatestVersion"), st.just("eq"), st.booleans()),
)
FILTERS = st.lists(FILTER, max_size=3).map(tuple)
QUERY = st.builds(
    SearchQuery,
    st.just(DEFINITIONS),
    FILTERS,
    any_of=st.lists(FILTERS, max_size=2).map(tuple),
    sort=st.sampled_from([(), (("name", "DESC"),), (("version", "ASC"), ("name", "ASC"))]),
    limit=st.integers(0, 10),
    offset=st.integers(0, 3),
    tenant_ids=st.sampled_from([None, (), ("<default>",), ("<default>", "other", "third")]),
)


def _met(filters: tuple[Filter, ...], row: dict[str, Any]) -> bool:
    return all(OPERATIONS[one.operator](row[one.field], one.value) for one in filters)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERY, other=QUERY)
def test_found_is_what_a_look_at_every_row_finds(catalogue: SqlStore, query: SearchQuery, other: SearchQuery) -> None:
    # Given
    rows = catalogue.search(SearchQuery(DEFINITIONS, sort=query.sort)).items
    wanted = [
        row["processDefinitionKey"]
        for row in rows
        if _met(query.filters, row)
        and (not query.any_of or any(_met(one, row) for one in query.any_of))
        and (query.tenant_ids is None or row["tenantId"] in query.tenant_ids)
    ]
    # When
    catalogue.search(other)
    kept = catalogue.search(query)
    texts.forget()
    anew = catalogue.search(query)
    # Then
    assert kept == anew
    assert kept.total == len(wanted)
    assert [row["processDefinitionKey"] for row in kept.items] == wanted[query.offset :][: query.limit]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Filter("processInstanceKey", "eq", 1), Filter("processInstanceKey", "eq", "2")),
        (Filter("processDefinitionId", "like", "a*"), Filter("processDefinitionId", "like", "?b")),
        (Filter("processDefinitionId", "in", list("abc")), Filter("processDefinitionId", "in", list("wxyz"))),
        (
            Filter("variables", "eq", [{"name": "a", "value": "1"}]),
            Filter("variables", "eq", [{"name": "b", "value": '"x"'}]),
        ),
    ],
)
def test_other_values_need_no_other_text(memory: SqlStore, one: Filter, other: Filter) -> None:
    # Given
    texts.forget()
    memory.search(SearchQuery("process-instances", (one,), tenant_ids=("a",)))
    assert texts.kept() == 1
    # When
    memory.search(SearchQuery("process-instances", (other,), tenant_ids=("b",), limit=3, offset=2))
    # Then
    assert texts.kept() == 1


def test_texts_are_kept_up_to_a_number(memory: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "KEPT", 3)
    texts.forget()
    for name in ("name", "version", "versionTag", "processDefinitionId", "tenantId"):
        memory.search(SearchQuery(DEFINITIONS, (Filter(name, "exists", True),)))
    assert texts.kept() == 3


def test_a_page_that_is_all_there_is_needs_no_count(store: SqlStore) -> None:
    # Given
    definition = deploy(store)
    keys = [start(store, definition) for _ in range(3)]
    # When
    whole = store.search(SearchQuery("process-instances"))
    first = store.search(SearchQuery("process-instances", limit=2))
    last = store.search(SearchQuery("process-instances", limit=2, after=first.end_cursor))
    beyond = store.search(SearchQuery("process-instances", offset=5))
    # Then
    assert [page.total for page in (whole, first, last, beyond)] == [3, 3, 3, 3]
    assert [row["processInstanceKey"] for page in (first, last) for row in page.items] == keys
    assert beyond.items == []


@pytest.mark.parametrize(
    ("resource", "state"), [("user-tasks", "CREATED"), ("jobs", "CREATED"), ("incidents", "ACTIVE")]
)
def test_what_an_instance_has_is_found_by_the_instance_and_not_among_all_that_waits(resource: str, state: str) -> None:
    # Given a search for what one instance has in a state
    database = open_store("sqlite://")
    filters = [Filter("state", "eq", state), Filter("processInstanceKey", "eq", 1)]
    values = Values()
    conditions = read(RESOURCES[resource], filters, values, True)
    # When SQLite is asked how it would answer it
    with database._database.asking() as driver:
        shape = texts.texts_of(texts.Question(resource, True, conditions, (), None), driver.dialect).rows(ended=False)
        given = shape.given({**dict(values.named()), "limit": 10, "offset": 0})
        plan = [row[3] for row in driver._own.execute(f"EXPLAIN QUERY PLAN {shape.text}", given)]
    database.close()
    # Then it goes by the instance: there are as many that wait as there are instances.
    assert "process_instance_key=?" in plan[0]
