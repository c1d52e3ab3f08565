"""The dial of autonomy over HTTP."""

from __future__ import annotations

import httpx
import yaml

from tests.workers.test_dial import agents, letter

ANNA, BEN = ("anna", "x"), ("ben", "x")


def test_a_level_is_asked_for_confirmed_and_found(api: httpx.Client) -> None:
    # Given an agent task at manual, that nobody else has
    drawing = letter().xml().replace(b'"process"', b'"dialled"').replace(b"classify", b"dialled_task")
    name, content = agents("manual")
    said = yaml.safe_load(content)
    said["agents"]["classifier"]["job_types"] = ["dialled_task"]
    files = [("resources", ("dialled.bpmn", drawing)), ("resources", (name, yaml.safe_dump(said)))]
    assert api.post("/deployments", files=files).status_code == 200
    # When anna raises it
    given = {"processDefinitionId": "dialled", "elementId": "dialled_task", "level": "shadow", "reason": "to compare"}
    made = api.post("/autonomy/settings", json=given, auth=ANNA)
    assert (made.status_code, made.json()["state"]) == (200, "PENDING")
    key = made.json()["autonomySettingKey"]
    # Then she cannot confirm it, and ben can
    assert api.post(f"/autonomy/settings/{key}/confirmation", auth=ANNA).json()["code"] == "four_eyes"
    assert api.post(f"/autonomy/settings/{key}/confirmation", auth=BEN).json()["state"] == "ACTIVE"
    asked = {"filter": {"processDefinitionId": "dialled", "state": "ACTIVE"}}
    (row,) = api.post("/autonomy/settings/search", json=asked).json()["items"]
    assert (row["requestedBy"], row["confirmedBy"], row["previousLevel"]) == ("user:anna", "user:ben", "manual")
    assert api.get("/autonomy/report", params={"processDefinitionId": "dialled"}).json() == {
        "tasks": [],
        "benefits": [],
        "acting": [],
        "missing": [],
    }


def test_a_contract_is_tried_over_http(api: httpx.Client) -> None:
    # Given an agents file; when an agent is to be replayed that it has, and one that it has not; then it says so.
    _, content = agents("auto")
    found = api.post("/autonomy/replay", json={"agent": "classifier", "contract": content.decode()})
    assert (found.status_code, found.json()["calls"]) == (200, 0)
    missing = api.post("/autonomy/replay", json={"agent": "nobody", "contract": content.decode()})
    assert (missing.status_code, missing.json()["code"]) == (404, "agent_not_found")
