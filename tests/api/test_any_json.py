"""Whatever is sent to whichever route: an answer of the documented kind, never a fault of the server."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code"}

text = st.one_of(
    st.sampled_from(
        ["", "ACTIVE", "completed", "order", "1", "-1", "9" * 30, "= 1 +", "${", "2026-11-22T03:04:05Z", "*?\\"]
    ),
    st.text(max_size=12),
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(0, 20), st.floats(allow_nan=False, allow_infinity=False), text
)
operators = st.sampled_from(["$eq", "$neq", "$exists", "$in", "$notIn", "$like", "$gt", "$lte", "$what"])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(operators, text), inner, max_size=3),
        st.fixed_dictionaries({"name": inner, "value": inner}),
    ),
    max_leaves=8,
)


@st.composite
def fitting(draw: st.DrawFn, schema: Any, document: dict[str, Any], depth: int = 7) -> Any:
    """A value that fits the schema, mostly; now and then something else in its place."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if depth == 0 or draw(st.integers(0, 19)) == 0:
        return draw(values)
    if "anyOf" in schema:
        return draw(fitting(draw(st.sampled_from(schema["anyOf"])), document, depth))
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    match schema.get("type"):
        case "object" if "properties" in schema:
            required = schema.get("required", ())
            names = draw(st.lists(st.sampled_from(sorted(schema["properties"])), max_size=3, unique=True))
            wanted = {*names, *required}
            return {name: draw(fitting(schema["properties"][name], document, depth - 1)) for name in sorted(wanted)}
        case "object":
            return draw(st.dictionaries(text, values, max_size=3))
        case "array":
            return draw(st.lists(fitting(schema.get("items", {}), document, depth - 1), max_size=3))
        case "string" if schema.get("format") == "date-time":
            return draw(
                st.sampled_from(["2026-11-22T03:04:05.678Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
            )
        case "string" if "[0-9]" in schema.get("pattern", ""):
            return draw(st.one_of(st.just("1"), st.just("9" * 25), st.integers(0, 2**63).map(str)))
        case "string":
            return draw(text)
        case "integer":
            return draw(st.integers(max(schema.get("minimum", -5), -(2**31)), min(schema.get("maximum", 50), 2**31)))
        case "boolean":
            return draw(st.booleans())
        case _:
            return draw(values)


def operations(document: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Verb, path and schema of the body, of every route that may be sent one."""
    out = []
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if verb != "get" and "multipart/form-data" not in operation.get("requestBody", {}).get("content", {}):
                out.append((verb, path, content["schema"] if content else {"type": "object"}))
    return out


@pytest.fixture(scope="module")
def document(address: str, deployed: dict[str, Any], start: Any) -> dict[str, Any]:
    for process in ("order", "echo", "payment"):
        start(process, variables={"invoice": "fuzz"})
    return dict(httpx.get(f"{address}/openapi.json", timeout=60).json())


@pytest.fixture(scope="module")
def keys(api: httpx.Client, document: Any) -> list[str]:
    """Keys of things that are there, and of things that are not."""
    tasks = api.post("/user-tasks/search", json={}).json()["items"]
    jobs = api.post("/jobs/search", json={}).json()["items"]
    found = [row[name] for row in [*tasks, *jobs][:6] for name in row if name.endswith("Key") and row[name]]
    return sorted({*found, "0", "1", "9" * 19, "9" * 20, "9" * 25})


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_json_at_any_route_gets_a_proper_answer(
    data: st.DataObject, address: str, api: httpx.Client, document: dict[str, Any], keys: list[str]
) -> None:
    # given
    verb, path, schema = data.draw(st.sampled_from(operations(document)))
    body = data.draw(fitting(schema, document))
    if isinstance(body, dict):
        # A held request would only cost time.
        body.pop("awaitCompletion", None)
        if "activation" in path:
            body["requestTimeout"] = -1
    while "{" in path:
        head, _, rest = path.partition("{")
        path = head + data.draw(st.sampled_from(keys)) + rest.partition("}")[2]

    # when
    answer = api.request(
        verb, f"{address}{path}", content=json.dumps(body), headers={"content-type": "application/json"}
    )

    # then
    assert answer.status_code in {200, 204, 400, 403, 404, 409, 413}, (verb, path, body, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) >= PROBLEM_FIELDS


RAW = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"{",
            b"[]",
            b"null",
            b'{"a":1,"a":2}',
            b'{"variables":{"a":"\\u0000"}}',
            b'{"variables":{"a":"\\ud800"}}',
            b'{"variables":{"a":NaN}}',
            b'{"variables":{"a":1e999}}',
            b'{"variables":{"a":' + b"9" * 400 + b"}}",
            b'{"variables":' + b'{"a":' * 70 + b"1" + b"}" * 71,
            b"[" * 100_000,
            b"\xff\xfe{\x00}\x00",
        ]
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=RAW,
    path=st.sampled_from(["/process-instances", "/messages/publication", "/user-tasks/search", "/jobs/1/error"]),
)
def test_bytes_that_are_no_good_json_are_a_400(
    raw: bytes, path: str, api: httpx.Client, deployed: dict[str, Any]
) -> None:
    answer = api.post(path, content=raw, headers={"content-type": "application/json"})
    if raw == b"" or (path == "/user-tasks/search" and raw.strip() in (b"null",)):
        return
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
