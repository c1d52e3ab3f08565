"""Kill switches over HTTP."""

from __future__ import annotations

import httpx


def test_a_switch_is_set_found_and_lifted(api: httpx.Client) -> None:
    # Given a switch that anna sets
    given = {"scope": "model", "name": "no-such-model", "reason": "for this test"}
    made = api.post("/kill-switches", json=given, auth=("anna", "x"))
    assert made.status_code == 200
    key = made.json()["killSwitchKey"]
    # When it is looked for, then it stands; when ben lifts it, then it does not, and both are named
    asked = {"filter": {"state": "SET", "name": "no-such-model"}}
    assert [row["killSwitchKey"] for row in api.post("/kill-switches/search", json=asked).json()["items"]] == [key]
    lifted = api.post(f"/kill-switches/{key}/lifting", json={"reason": "over"}, auth=("ben", "x"))
    row = api.get(f"/kill-switches/{key}").json()
    assert (lifted.status_code, row["state"], row["setBy"], row["liftedBy"]) == (204, "LIFTED", "anna", "ben")
    assert api.post(f"/kill-switches/{key}/lifting", json={"reason": "again"}).json()["code"] == "kill_switch_lifted"


def test_a_switch_without_a_reason_is_refused(api: httpx.Client) -> None:
    assert api.post("/kill-switches", json={"scope": "agent", "name": "x", "reason": " "}).status_code == 400
