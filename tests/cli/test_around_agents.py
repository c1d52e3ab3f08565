"""Kill switches and budgets in the terminal."""

from __future__ import annotations

import json

from laneway.bootstrap import build
from laneway.commands.budgets import reserve
from laneway.settings import Settings
from tests.cli.conftest import Run
from tests.workers.test_budgets import job_of


def test_a_kill_switch_is_set_listed_and_lifted(laneway: Run) -> None:
    # Given a switch that grace sets; when it is listed, then it stands; when it is lifted, then only --all shows it.
    done = laneway("kill-switch", "set", "agent", "drafter", "--reason", "promises refunds", "--by", "grace")
    assert (done.code, "the agent 'drafter' is stopped by a kill switch that grace set" in done.out) == (0, True)
    (row,) = json.loads(laneway("kill-switch", "list", "--json").out)
    assert (row["name"], row["setBy"], row["state"]) == ("drafter", "grace", "SET")
    assert laneway("kill-switch", "lift", row["killSwitchKey"], "--reason", "mended", "--by", "ada").code == 0
    assert laneway("kill-switch", "list").out.strip() == "no kill switch stands"
    assert "LIFTED" in laneway("kill-switch", "list", "--all").out


def test_a_switch_that_is_none_is_refused(laneway: Run) -> None:
    refused = laneway("kill-switch", "set", "robot", "r2", "--reason", "no")
    assert (refused.code, "kill_switch_invalid" in refused.error) == (3, True)


def test_budgets_show_what_is_left(laneway: Run, database: str) -> None:
    # Given a call that half a euro of ten is set aside for; when budgets are listed; then what is left is told.
    assert laneway("budgets").out.strip() == "no agent with limits has been called"
    with build(Settings(database_url=database)) as opened:
        context = opened.engine._context
        reserve(context, job_of(context, 1))
    (row,) = json.loads(laneway("budgets", "--span", "tenant", "--measure", "money", "--json").out)
    assert (row["spent"], row["reserved"], row["left"], row["currency"]) == (0, 0.5, 9.5, "EUR")
    assert "money EUR" in laneway("budgets").out
