"""Budgets over HTTP."""

from __future__ import annotations

import httpx

from laneway.bootstrap import Laneway
from laneway.commands.budgets import reserve
from tests.workers.test_budgets import job_of


def test_a_budget_is_found_and_says_what_is_left(api: httpx.Client, laneway: Laneway) -> None:
    # Given a call for which half a euro of ten was set aside; when its budget is looked for; then it says so, in euros.
    context = laneway.engine._context
    reserve(context, job_of(context, 5))
    (row,) = api.post("/budgets/search", json={"filter": {"span": "tenant", "measure": "money"}}).json()["items"]
    assert (row["spent"], row["reserved"], row["most"], row["left"], row["currency"]) == (0, 0.5, 10, 9.5, "EUR")
    assert api.get(f"/budgets/{row['budgetKey']}").json() == row
