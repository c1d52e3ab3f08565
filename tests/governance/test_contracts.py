"""agents.yaml is read whole, and what is wrong in it is said with agent, key and line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from laneway.domain.contract import ExceptionPath, authority_of
from laneway.governance.contracts import VIOLATION_KINDS, ContractFile, by_job_type, file_schema, load_contracts

GOOD = """\
version: 1
agents:
  classify-enquiry:
    purpose: Tell which kind of enquiry this is
    owner: head-of-customer-service
    job_types: [classify-enquiry, classify]
    adapter: local
    config: {task: classify, weight: 0.5}
    input:
      type: object
      required: [message]
      properties: {message: {type: string}}
    output:
      type: object
      properties: {category: {type: string}, confidence: {type: number}}
    authority: decide
    confidence: {threshold: 0.6, field: confidence}
    timeout: PT20S
    retries: {attempts: 2, backoff: PT1M}
    on:
      low_confidence: {escalation: LOW_CONFIDENCE}
      failed: {error: AGENT_DOWN}
      output_invalid: {incident: {owner: data-team, urgency: high}}
      refused: {incident: null}
"""

MINIMAL = """\
version: 1
agents:
  one:
    purpose: p
    owner: o
    adapter: local
    input: {type: object}
    output: {type: object}
"""


def read(text: str) -> ContractFile:
    return load_contracts(text.encode(), "agents.yaml")


def only_problem(text: str) -> str:
    found = read(text)
    assert len(found.problems) == 1, [str(problem) for problem in found.problems]
    return str(found.problems[0])


def test_every_key_is_read() -> None:
    found = read(GOOD)

    assert found.problems == ()
    (contract,) = found.contracts
    assert contract.name == "classify-enquiry"
    assert contract.purpose == "Tell which kind of enquiry this is"
    assert contract.owner == "head-of-customer-service"
    assert contract.job_types == ("classify-enquiry", "classify")
    assert contract.config == {"task": "classify", "weight": Decimal("0.5")}
    assert contract.authority == "decide"
    assert (contract.confidence_threshold, contract.confidence_field) == (0.6, "confidence")
    assert (contract.timeout, contract.retries, contract.retry_backoff) == (20.0, 2, 60.0)
    assert contract.on["low_confidence"] == ExceptionPath("escalation", "LOW_CONFIDENCE", "head-of-customer-service")
    assert contract.on["output_invalid"] == ExceptionPath("incident", None, "data-team", "high")
    assert contract.on["refused"] == ExceptionPath("incident", None, "head-of-customer-service")


def test_defaults_are_cautious() -> None:
    (contract,) = read(MINIMAL).contracts

    assert contract.job_types == ("one",)
    assert contract.authority == "recommend"
    assert (contract.timeout, contract.retries, contract.retry_backoff) == (60.0, 3, 1.0)
    assert contract.confidence_threshold is None
    assert contract.on == {}


def test_authority_may_differ_by_field() -> None:
    text = GOOD.replace("authority: decide", "authority: {default: none, fields: {category: decide}}")
    (contract,) = read(text).contracts
    (cautious,) = read(GOOD.replace("authority: decide", "authority: {fields: {category: none}}")).contracts

    assert (authority_of(contract, "category"), authority_of(contract, "confidence")) == ("decide", "none")
    assert (authority_of(cautious, "category"), authority_of(cautious, "confidence")) == ("none", "recommend")


@pytest.mark.parametrize(
    ("authority", "said"),
    [
        ("{fields: {kategory: none}}", "agents.yaml:16: error [agents-authority-field]"),
        ("{default: none}", "'fields' is missing"),
        ("{fields: {category: boss}}", "authority.fields.category"),
        ("{fields: {category: none}, others: none}", "known here: default, fields"),
        ("[decide]", "agent 'classify-enquiry', authority: "),
    ],
)
def test_a_fault_in_authority_is_named(authority: str, said: str) -> None:
    assert said in only_problem(GOOD.replace("authority: decide", f"authority: {authority}"))


def test_json_is_read_as_well() -> None:
    found = read(
        '{"version": 1, "agents": {"a": {"purpose": "p", "owner": "o", "adapter": "x", "input": {}, "output": {}}}}'
    )

    assert found.problems == ()
    assert found.contracts[0].name == "a"


def test_the_hash_follows_the_content_not_the_layout() -> None:
    first = read(MINIMAL).contracts[0].hash
    rearranged = MINIMAL.replace("    purpose: p\n    owner: o\n", "    owner: 'o' # the owner\n    purpose: p\n")

    assert read(rearranged).contracts[0].hash == first
    assert read(MINIMAL.replace("purpose: p", "purpose: q")).contracts[0].hash != first
    assert len(first) == 64


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("    purpose: p\n", ""), "agents.yaml:3: error [agents-missing-key]: agent 'one': 'purpose' is missing"),
        (("    owner: o\n", ""), "agent 'one': 'owner' is missing"),
        (
            ("purpose: p", "purpose: ' '"),
            "agents.yaml:4: error [agents-value]: agent 'one', purpose: the value is empty",
        ),
        (("    output: {type: object}\n", ""), "'output' is missing"),
        (
            ("adapter: local", "adapter: local\n    confidance: {threshold: 1}"),
            "agents.yaml:7: error [agents-unknown-key]",
        ),
        (("adapter: local", "adapter: local\n    confidance: {threshold: 1}"), "did you mean 'confidence'?"),
        (("adapter: local", "adapter: local\n    authority: boss"), '"decide"'),
        (("adapter: local", "adapter: local\n    timeout: 20s"), "'20s' is not an ISO 8601 duration"),
        (("adapter: local", "adapter: local\n    timeout: P1M"), "no fixed length"),
        (("adapter: local", "adapter: local\n    timeout: PT0S"), "is not between"),
        (("adapter: local", "adapter: local\n    retries: {attempts: 0}"), "retries.attempts"),
        (("adapter: local", "adapter: local\n    retries: {attempts: 1.5}"), "retries.attempts"),
        (("adapter: local", "adapter: local\n    confidence: {threshold: 1.5}"), "confidence.threshold"),
        (
            ("adapter: local", "adapter: local\n    on: {exploded: {error: E}}"),
            "known here: approval_expired, blocked, failed, handed_over, input_invalid",
        ),
        (("adapter: local", "adapter: local\n    on: {failed: {error: E, escalation: F}}"), "exactly one of error"),
        (("adapter: local", "adapter: local\n    on: {failed: {}}"), "exactly one of error"),
        (("input: {type: object}", "input: {type: array}"), "must be of an object"),
        (("input: {type: object}", "input: {properties: {a: {type: sting}}}"), "input.properties.a.type"),
        (("input: {type: object}", "input: {$ref: 'http://127.0.0.1:1/x'}"), "not a JSON Schema"),
        (("input: {type: object}", "input: {properties: {a: {pattern: '(?=x)'}}}"), "not a JSON Schema"),
        (("version: 1", "version: 2"), "version: 1 was expected"),
        (("adapter: local", "adapter: local\n    adapter: http"), "agents.yaml:7: error [agents-duplicate-key]"),
        (("purpose: p", "purpose: !!python/object:os.system p"), "tag"),
    ],
)
def test_a_fault_is_named_with_its_place(change: tuple[str, str], said: str) -> None:
    assert said in only_problem(MINIMAL.replace(*change))


def test_a_fault_in_one_agent_leaves_the_others_readable() -> None:
    found = read(GOOD + MINIMAL.partition("agents:\n")[2].replace("owner: o", "owner: ''"))

    assert [contract.name for contract in found.contracts] == ["classify-enquiry"]
    assert "agent 'one', owner" in str(found.problems[0])


def test_all_faults_are_said_at_once_in_the_order_of_the_lines() -> None:
    text = MINIMAL.replace("purpose: p", "purpose: ''").replace("adapter: local", "adapter: local\n    timeout: soon")

    assert [problem.line for problem in read(text).problems] == [4, 7]


def test_two_agents_cannot_share_a_job_type() -> None:
    text = MINIMAL + MINIMAL.partition("agents:\n")[2].replace("one:", "two:").replace(
        "purpose", "job_types: [one]\n    purpose"
    )

    assert "job type 'one' already belongs to agent 'one'" in only_problem(text)


def test_the_confidence_field_must_be_in_the_output() -> None:
    text = MINIMAL.replace(
        "output: {type: object}", "output: {properties: {a: {}}}\n    confidence: {threshold: 0.5, field: b}"
    )

    assert "the output declares no property 'b'" in only_problem(text)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "does not hold a mapping"),
        (b"- a\n", "does not hold a mapping"),
        (b"a: [", "not YAML"),
        (b"\xff\xfea", "not UTF-8"),
        (b"a: 1\n---\nb: 1", "more than one document"),
        (b"x: " + b"[" * 5000, "nested deeper"),
        (b"#" * 600_000, "at most"),
        (b"a: &a [1, 2]\nb: [" + b"*a, " * 60 + b"1]", "more than 50 aliases"),
        (b'version: 1\nagents: {a: {purpose: "\\0"}}', "NUL"),
        (b"? [1]\n: 2", "a key must be a text"),
    ],
)
def test_a_file_that_is_no_document_is_refused(data: bytes, said: str) -> None:
    found = load_contracts(data, "agents.yaml")

    assert found.contracts == ()
    assert said in str(found.problems[0])


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 5)]

    assert "more than 50,000 values" in str(read("\n".join(lines)).problems[0])


def test_the_published_schema_lists_every_violation() -> None:
    paths = file_schema()["$defs"]["agent"]["properties"]["on"]["properties"]

    assert set(paths) == set(VIOLATION_KINDS)


def test_contracts_are_found_by_job_type() -> None:
    lookup = by_job_type(read(GOOD).contracts)

    found = lookup("classify")
    assert found is not None
    assert found.name == "classify-enquiry"
    assert lookup("other") is None


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ("{day: {money: 5}, call: {money: 1}}", "currency"),
        ("{day: {tokens: 5}}", "call: {tokens"),
        ("{day: {tokens: 5}, call: {tokens: 6}}", "raise the limit"),
        ("{day: {seconds: 5}}", "or the timeout"),
        ("{day: {calls: {most: 5, on_breach: degrade}}}", "degrade_to"),
        ("{call: {tokens: 5}}", "no limit is written"),
    ],
)
def test_limits_that_could_never_hold_are_named(limits: str, said: str) -> None:
    # Given limits that lack what they need; when the file is read; then the message says what to write.
    found = load_contracts((MINIMAL + f"    limits: {limits}\n").encode(), "agents.yaml")
    assert [problem.rule for problem in found.problems] == ["agents-limits"]
    assert said in str(found.problems[0])


def test_limits_are_read_with_their_defaults() -> None:
    # Given limits of several forms; when they are read; then each has its breach, and a call its most.
    text = (
        "{currency: EUR, on_breach: ask, call: {money: 0.5}, job: {calls: 3}, day: {money: {most: 5, on_breach: stop}}}"
    )
    (contract,) = load_contracts((MINIMAL + f"    limits: {text}\n").encode(), "agents.yaml").contracts
    assert contract.limits is not None
    held = [(each.span, each.measure, each.most, each.on_breach) for each in contract.limits.limits]
    assert held == [("job", "calls", Decimal(3), "ask"), ("day", "money", Decimal(5), "stop")]
    assert contract.limits.call == {"calls": Decimal(1), "seconds": Decimal(60), "money": Decimal("0.5")}


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        ("{threshold: 0.5, evaluator: {use: guess}}", "known are agreement, citations, completeness"),
        ("{threshold: 0.5, evaluator: {use: citations}}", "`field` is missing"),
        ("{threshold: 0.5, field: f, evaluator: {use: completeness}}", "not from both"),
    ],
)
def test_an_evaluator_that_cannot_be_meant_is_named(confidence: str, said: str) -> None:
    # Given a confidence that no evaluator can tell; when the file is read; then the message says why.
    found = load_contracts((MINIMAL + f"    confidence: {confidence}\n").encode(), "agents.yaml")
    assert [problem.rule for problem in found.problems] == ["agents-evaluator"]
    assert said in str(found.problems[0])
