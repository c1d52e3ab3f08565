"""`tools` of agents.yaml: what is granted, with defaults that are cautious, and what is wrong in it."""

from __future__ import annotations

import pytest

from laneway.governance.contract_tools import rules_of, schema_hash
from laneway.governance.contracts import ContractFile, load_contracts

FILE = """\
version: 1
agents:
  clerk:
    purpose: p
    owner: o
    adapter: llm
    input: {type: object}
    output: {type: object}
    tool_rounds: 5
    tools:
      post_price:
        description: Posts a new price
        http: {method: PUT, url: "https://erp.example.com/products/{sku}/price"}
        access: write
        arguments:
          type: object
          required: [sku, price]
          properties: {sku: {type: string}, price: {type: number}, notify: {type: string}}
        recipients: [notify]
        untrusted: {may_fill: [price]}
        approval: {groups: [category-managers], expires: PT4H}
"""


def read(text: str = FILE) -> ContractFile:
    return load_contracts(text.encode(), "agents.yaml")


def test_a_tool_is_read_with_all_that_binds_it() -> None:
    found = read()

    assert found.problems == ()
    (contract,) = found.contracts
    (tool,) = contract.tools
    assert contract.tool_rounds == 5
    assert (tool.name, tool.kind, tool.access, tool.idempotent) == ("post_price", "http", "write", False)
    assert tool.schema_hash == schema_hash(tool.schema)
    assert (tool.recipients, tool.untrusted_may_fill) == (frozenset({"notify"}), frozenset({"price"}))
    assert (tool.approver_groups, tool.approval_expires) == (("category-managers",), 14_400.0)
    assert rules_of(contract)["post_price"].schema_hash == tool.schema_hash


def test_defaults_let_text_from_outside_do_nothing() -> None:
    (tool,) = read(FILE.replace("untrusted: {may_fill: [price]}", "timeout: PT10S")).contracts[0].tools

    assert not tool.untrusted_may_choose
    assert not tool.untrusted_may_fill
    assert not tool.trusted_result


def test_what_reads_may_be_repeated_unless_it_is_said_otherwise() -> None:
    assert read(FILE.replace("access: write", "access: read")).contracts[0].tools[0].idempotent


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("access: read", True),
        ("access: write", False),
        ("access: needs_approval", False),
        ("access: write\n        idempotent: true", True),
        ("access: write\n        on_error: known", True),
        ("access: read\n        on_error: unknown", False),
    ],
)
def test_an_error_of_an_mcp_tool_that_may_not_be_repeated_leaves_open_what_was_done(said: str, known: bool) -> None:
    text = FILE.replace(
        'http: {method: PUT, url: "https://erp.example.com/products/{sku}/price"}', "mcp: {server: erp}"
    )
    (tool,) = read(text.replace("access: write", said)).contracts[0].tools
    assert tool.error_known is known


def test_the_hash_of_the_contract_follows_its_tools() -> None:
    assert read().contracts[0].hash != read(FILE.replace("access: write", "access: read")).contracts[0].hash


def test_a_system_that_asks_for_approval_asks_for_it_of_the_tool_too() -> None:
    systems = """\
    systems:
      erp:
        hosts: [erp.example.com]
        operations: {PUT /products/*/price: needs_approval}
"""

    found = read(FILE + systems)

    assert found.problems == ()
    assert found.contracts[0].tools[0].access == "needs_approval"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("recipients: [notify]", "recipients: [to]"), "no argument 'to'"),
        (("may_fill: [price]", "may_fill: [cost]"), "no argument 'cost'"),
        (("{sku}/price", "{id}/price"), "part {id}"),
        (("required: [sku, price]", "required: [price]"), "part {sku}"),
        (("//erp.example.com/", "//{sku}.example.com/"), "path of a URL alone"),
        (('/price"', '/price?x={sku}"'), "path of a URL alone"),
        (("          type: object\n", "          type: array\n"), "`type: object`"),
        (("access: write", "access: write\n        schema_hash: " + "a" * 64), "not the hash"),
        (("access: write", "access: write\n        host_arguments: [notify]"), "write `hosts:`"),
        (("expires: PT4H", "expires: soon"), "P1D"),
        (("access: write", "access: write\n        timeout: P2D"), "out of range"),
        (("access: write", "access: write\n        python: post"), "tools.post_price"),
        (("tool_rounds: 5", "tool_rounds: 0"), "tool_rounds"),
        (("tool_rounds: 5", "systems: {erp: {hosts: [erp.example.com]}}"), "do not let it go"),
    ],
)
def test_a_fault_is_named_with_its_place(change: tuple[str, str], said: str) -> None:
    assert change[0] in FILE
    found = read(FILE.replace(*change))

    assert found.problems
    assert said in " ".join(f"{problem}" for problem in found.problems)
    assert not found.contracts
