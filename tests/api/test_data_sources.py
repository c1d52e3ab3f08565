"""The register of data sources, and contracts, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from laneway.bootstrap import Laneway
from tests.workers.test_agents import GOOD, agents, letter

SAID = {"name": "handbook", "owner": "kim", "files": ["handbook/*.md"], "validUntil": "2099-12-31"}


def test_a_source_is_approved_by_another_person_than_who_wrote_it(api: httpx.Client) -> None:
    # Given a source that anna puts into the register
    made = api.post("/data-sources", json=SAID, auth=("anna", "x")).json()
    path, approval = f"/data-sources/{made['dataSourceKey']}", {"status": "approved"}
    assert (made["status"], made["madeBy"]) == ("draft", "anna")
    # When she approves it, or nobody by name does, then it is refused; when ben does, then it is approved
    assert api.patch(path, json=approval, auth=("anna", "x")).json()["code"] == "data_source_four_eyes"
    assert api.patch(path, json=approval).status_code == 403
    approved = api.patch(path, json=approval, auth=("ben", "x")).json()
    assert (approved["status"], approved["approvedBy"], approved["files"]) == ("approved", "ben", ["handbook/*.md"])
    # When ben changes what it says, then it is a draft again, which he does not approve himself, not even in one go
    changed = api.patch(path, json={"validUntil": None}, auth=("ben", "x")).json()
    assert (changed["status"], changed["approvedBy"], changed["validUntil"]) == ("draft", None, None)
    both: dict[str, Any] = {"status": "approved", "owner": "ben"}
    assert api.patch(path, json=both, auth=("carl", "x")).status_code == 403
    assert api.patch(path, json=approval, auth=("ben", "x")).status_code == 403
    # … and all of it can be found
    found = api.post("/data-sources/search", json={"filter": {"name": "handbook"}}).json()["items"]
    assert [row["version"] for row in found] == [3]
    assert api.post("/data-sources", json=SAID).json()["code"] == "data_source_exists"


def test_what_cannot_be_meant_is_refused(api: httpx.Client) -> None:
    for wrong in ({"validFrom": "soon"}, {"maxAge": "a year"}, {"maxAge": "P30D"}, {"owner": "  "}):
        answer = api.post("/data-sources", json={**SAID, "name": "other", **wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "data_source_invalid"), wrong
    assert api.patch("/data-sources/1", json={"status": "draft"}).status_code == 404


def test_a_contract_is_found_by_its_hash_with_the_instances_pinned_to_it(api: httpx.Client, laneway: Laneway) -> None:
    # Given an instance of a process that was deployed with a contract
    laneway.engine.deploy([("contracted.bpmn", letter().xml()), agents(GOOD, purpose="To be found by its hash")])
    key = laneway.engine.start_instance(process_id="process", variables={"letter": "x"}).key
    # When the contract is looked for, then it is there by name and by hash, and so is the instance
    (row,) = api.post("/agent-contracts/search", json={"filter": {"name": "classifier"}}).json()["items"]
    path = f"/agent-contracts/{row['hash']}"
    told = api.get(path).json()
    assert (told["content"]["purpose"], told["deployed"]) == ("To be found by its hash", [row])
    pinned = api.post(f"{path}/process-instances/search", json={}).json()["items"]
    assert [one["processInstanceKey"] for one in pinned] == [str(key)]
    assert api.get("/agent-contracts/none").json()["code"] == "agent_contract_not_found"
