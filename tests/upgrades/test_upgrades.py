"""Every database that a released version wrote is opened by this one, and what waits in it goes on to its end."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from laneway.bootstrap import Laneway, build, maintenance
from laneway.ports import SearchQuery
from laneway.settings import Settings
from laneway.store.migrate import HEAD, steps
from tests.upgrades.scene import MADE_AT

GOLDEN = Path(__file__).parent / "golden"
DUMPS = sorted(GOLDEN.glob("*.sql"))


def rows(laneway: Laneway, resource: str) -> list[dict[str, Any]]:
    return laneway.engine.search(SearchQuery(resource, limit=1_000)).items


def test_there_is_one_of_every_schema() -> None:
    # Given the migrations; when the golden databases are counted; then none is missing (README.md says how to make one).
    assert [dump.stem for dump in DUMPS] == [revision for revision, _ in steps(None)]


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_what_an_older_version_left_goes_on_to_its_end(dump: Path, tmp_path: Path) -> None:
    # Given a database of a released schema, with work in it
    file = tmp_path / "laneway.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    settings = Settings(database_url=f"sqlite:///{file}")
    keeper = maintenance(settings)
    assert keeper.plan()["found"] == dump.stem
    # When it is upgraded; then it is sound, and all that was in it is there.
    keeper.upgrade(lambda *_: None)
    assert keeper.plan()["found"] == HEAD
    assert [one for one in keeper.check() if not one.sound] == []
    with build(settings, clock=lambda: MADE_AT + timedelta(hours=2)) as laneway:
        before = Counter((row["processDefinitionId"], row["state"]) for row in rows(laneway, "process-instances"))
        assert before == {
            ("waits", "ACTIVE"): 2,
            ("child", "ACTIVE"): 2,
            ("held", "ACTIVE"): 1,
            ("held", "COMPLETED"): 1,
            ("failed", "ACTIVE"): 1,
        }
        # When everything that is waited for comes
        finish(laneway)
        # Then every instance ends, each as drawn, and the record of both versions holds together
        assert {row["state"] for row in rows(laneway, "process-instances")} == {"COMPLETED"}
        ended = Counter(row["elementId"] for row in rows(laneway, "element-instances") if row["type"] == "END_EVENT")
        assert ended == {"end": 2, "child_end": 2, "held_yes": 2, "failed_end": 1}
        assert laneway.engine.verify_audit()["first_bad"] is None
        repeated = laneway.engine.publish_message(
            "paid", "A", variables={"paid": 1}, message_id="m-1", idempotency_key="pay-A"
        )
        assert repeated.key < MADE_AT_KEY
    assert [one for one in keeper.check() if not one.sound] == []


MADE_AT_KEY = int((MADE_AT + timedelta(hours=1)).timestamp() * 1000) << 22
"""Keys made before an hour after the golden databases were made are below it (41 bits of milliseconds stand first)."""


def finish(laneway: Laneway) -> None:
    engine = laneway.engine
    for row in rows(laneway, "incidents"):
        if row["state"] != "ACTIVE":
            continue
        if row.get("jobKey"):
            engine.update_job(int(row["jobKey"]), retries=1)
        else:
            engine.set_variables(int(row["processInstanceKey"]), {"ok": True})
        engine.resolve_incident(int(row["incidentKey"]))
    for row in rows(laneway, "user-tasks"):
        engine.complete_user_task(int(row["userTaskKey"]), {"approved": True})
    for type in ("pack", "item", "fragile"):
        for found in engine.activate_jobs(type=type, worker="finisher", timeout_ms=60_000, max_jobs=10):
            engine.complete_job(found.job.key, {})
    engine.publish_message("paid", "B")
    engine.broadcast_signal("go")
    for _ in range(100):
        if not laneway.workers.step():
            return
    raise AssertionError("the workers never came to rest")
