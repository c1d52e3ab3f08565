"""An agent reaches the systems of its contract, for what the contract says, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from laneway.domain.contract import SystemRule
from laneway.governance.contracts import load_contracts
from laneway.governance.systems import permission

ORDERS = SystemRule(
    "orders",
    ("orders.example.com:8443", "old.example.com"),
    "read",
    {
        "POST /orders/*/notes": "write",
        "POST /orders/*/refunds": "needs_approval",
        "GET /orders/*/customer": "prohibited",
        "GET /orders/*/*": "read",
    },
)
MODELS = SystemRule("models", ("api.example.com",), operations={"POST /v1/chat": "read"})
SYSTEMS = (ORDERS, MODELS)


def refusal(method: str, url: str) -> str | None:
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    host, _, port = authority.partition(":")
    return permission(SYSTEMS, method, scheme, host, int(port) if port else None, slash + path).refusal


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "https://orders.example.com:8443/orders/1"),
        ("GET", "https://orders.example.com:8443"),
        ("get", "https://ORDERS.example.com:8443/orders/1"),
        ("POST", "https://orders.example.com:8443/orders/1/notes"),
        ("GET", "https://old.example.com/x"),
        ("GET", "http://old.example.com:80/x"),
        ("POST", "https://api.example.com/v1/chat"),
    ],
)
def test_what_the_contract_names_may_go(method: str, url: str) -> None:
    assert refusal(method, url) is None


@pytest.mark.parametrize(
    ("method", "url", "said"),
    [
        ("GET", "https://evil.test/", "no system of the contract has the host evil.test:443"),
        ("GET", "https://orders.example.com/orders/1", "no system"),
        ("GET", "https://old.example.com:8443/x", "no system"),
        ("GET", "https://sub.old.example.com/x", "no system"),
        ("POST", "https://orders.example.com:8443/orders/1", "may only be read from"),
        ("POST", "https://orders.example.com:8443/orders/1/refunds", "asks for an approval"),
        ("GET", "https://orders.example.com:8443/orders/1/customer", "is prohibited"),
        ("POST", "https://orders.example.com:8443/orders/1/2/notes", "may only be read from"),
        ("POST", "https://orders.example.com:8443/orders//notes", "two ways"),
        ("GET", "https://orders.example.com:8443/orders/1/x/../customer", "two ways"),
        ("GET", "https://orders.example.com:8443/orders/1%2fcustomer", "two ways"),
        ("GET", "https://orders.example.com:8443/orders/1%252fcustomer", "two ways"),
        ("GET", "https://orders.example.com:8443/orders/..%25252f1", "two ways"),
        ("GET", "https://api.example.com/v1/chat", "is prohibited"),
        ("POST", "https://api.example.com/v1/files", "is prohibited"),
    ],
)
def test_what_it_does_not_name_is_refused(method: str, url: str, said: str) -> None:
    assert said in (refusal(method, url) or "")


def test_without_systems_the_operator_s_rules_alone_hold_and_with_none_nothing_goes() -> None:
    assert permission(None, "POST", "https", "evil.test", None, "/").refusal is None
    assert permission((), "GET", "https", "shop.example.com", None, "/").refusal is not None


def test_the_path_of_what_is_not_named_stays_out_of_the_record() -> None:
    named = permission(SYSTEMS, "POST", "https", "orders.example.com", 8443, "/orders/1/notes")
    other = permission(SYSTEMS, "GET", "https", "old.example.com", None, "/tokens/abc")

    assert (named.operation, other.operation) == ("POST /orders/*/notes", "GET")


@given(st.sampled_from(["GET", "POST", "DELETE"]), st.text(max_size=20), st.integers(0, 70_000))
def test_a_host_that_is_not_listed_is_never_reached(method: str, host: str, port: int) -> None:
    listed = {"orders.example.com", "old.example.com", "api.example.com"}

    if host.lower() not in listed:
        assert permission(SYSTEMS, method, "https", host, port, "/").refusal is not None


AGENTS = """\
version: 1
agents:
  one:
    purpose: p
    owner: o
    adapter: local
    input: {type: object}
    output: {type: object}
    systems:
      orders:
        hosts: ["orders.example.com:8443", "[::1]:9000"]
        access: read
        operations: {POST /orders/*/notes: write}
      models: {hosts: [api.example.com]}
"""


def test_systems_are_read_from_the_file() -> None:
    (one,) = load_contracts(AGENTS.encode(), "agents.yaml").contracts
    none = load_contracts(AGENTS.replace("local", "local\n    systems: {}").encode(), "agents.yaml")

    assert one.systems == (
        SystemRule("orders", ("orders.example.com:8443", "[::1]:9000"), "read", {"POST /orders/*/notes": "write"}),
        SystemRule("models", ("api.example.com",)),
    )
    assert none.problems


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("api.example.com", "orders.example.com:8443", "agents.yaml:14: error [agents-system]: agent 'one', systems"),
        ("api.example.com", "https://api.example.com", "systems.models.hosts.0"),
        ("POST /orders", "post /orders", "an operation is METHOD /path"),
        ("access: read", "access: maybe", "systems.orders.access"),
        ("access: read", "methods: [GET]", "known here: access, hosts, operations"),
    ],
)
def test_a_fault_in_systems_is_named_with_its_place(old: str, new: str, said: str) -> None:
    found = load_contracts(AGENTS.replace(old, new).encode(), "agents.yaml")

    assert any(said in str(problem) for problem in found.problems)
    assert not found.contracts
