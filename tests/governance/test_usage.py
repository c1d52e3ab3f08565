"""What an agent says that it used is its word alone: it is counted as far as a database can count."""

import pytest

from laneway.domain.contract import MOST_COST, MOST_TOKENS, AgentUsage


@pytest.mark.parametrize(("said", "counted"), [(12, 12), (10**25, MOST_TOKENS), (-3, 0)])
def test_tokens_are_held_to_what_can_be_counted(said: int, counted: int) -> None:
    usage = AgentUsage(input_tokens=said, output_tokens=said, cost=float(said))
    assert (usage.input_tokens, usage.output_tokens) == (counted, counted)
    assert usage.cost == min(max(float(said), 0.0), MOST_COST)
