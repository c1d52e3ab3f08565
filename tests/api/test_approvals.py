"""Approvals and calls of tools over HTTP."""

from __future__ import annotations

import httpx


def test_what_is_not_there_is_not_found(api: httpx.Client) -> None:
    assert api.get("/approvals/77").json()["code"] == "approval_not_found"
    assert api.get("/tool-calls/77").json()["code"] == "tool_call_not_found"
    given = {"argumentsHash": "0" * 64}
    assert api.post("/approvals/77/approval", json=given, auth=("ben", "x")).status_code == 404


def test_an_approval_names_what_was_seen(api: httpx.Client) -> None:
    assert api.post("/approvals/77/approval", json={}, auth=("ben", "x")).status_code == 400
    assert api.post("/approvals/77/approval", json={"argumentsHash": "yes"}, auth=("ben", "x")).status_code == 400


def test_both_are_searched(api: httpx.Client) -> None:
    for resource in ("approvals", "tool-calls"):
        found = api.post(f"/{resource}/search", json={"filter": {"tool": "no-such-tool"}})
        assert (found.status_code, found.json()["items"]) == (200, [])
