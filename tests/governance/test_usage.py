"""What an agent says that it used is its word alone: it is counted as far as a database can count."""

from decimal import Decimal

import pytest

from laneway.agents.budgets import Reserved, used
from laneway.domain.contract import MOST_COST, MOST_TOKENS, AgentUsage


@pytest.mark.parametrize(("said", "counted"), [(12, 12), (10**25, MOST_TOKENS), (-3, 0)])
def test_tokens_are_held_to_what_can_be_counted(said: int, counted: int) -> None:
    usage = AgentUsage(input_tokens=said, output_tokens=said, cost=float(said))
    assert (usage.input_tokens, usage.output_tokens) == (counted, counted)
    assert usage.cost == min(max(float(said), 0.0), MOST_COST)


def test_a_cost_that_is_no_number_is_not_known() -> None:
    assert AgentUsage(cost=float("nan")).cost is None


@pytest.mark.parametrize(
    ("tokens_in", "tokens_out", "cost", "known"),
    [
        (10**30, 10**30, float("inf"), {"tokens": Decimal(2 * MOST_TOKENS), "money": Decimal(repr(MOST_COST))}),
        (100, -99, -5.0, {}),
        (3, 4, float("nan"), {"tokens": Decimal(7)}),
    ],
)
def test_what_a_provider_cannot_have_used_counts_as_set_aside(
    tokens_in: int, tokens_out: int, cost: float, known: dict[str, Decimal]
) -> None:
    # Given numbers of a provider that lies; when they are settled; then they are held to what can be counted, or are not known.
    amounts = used(Reserved(currency="EUR"), tokens_in, tokens_out, cost, "EUR", 1.0)
    assert {name: amount for name, amount in amounts.items() if name in ("tokens", "money")} == known
