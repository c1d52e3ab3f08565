"""How many tokens a prompt takes, before anybody has counted them.

A token of any tokenizer stands for at least one byte of UTF-8, so that the bytes bound the tokens: one byte per token is certain. Most texts
take a third of that or less; a contract says how many bytes it counts for one token, three by default. What stands around each message and
tool costs a few tokens more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from laneway.agents.chat import Message, ToolDescription, to_json
from laneway.governance.schemas import canonical_json

AROUND: Final = 16
"""Tokens that the form of an API puts around a message or a tool, generously."""


def tokens_of(
    messages: Sequence[Message],
    tools: Sequence[ToolDescription],
    output_schema: Mapping[str, Any] | None,
    bytes_per_token: Decimal,
) -> int:
    """Rounded up."""
    texts = [canonical_json(to_json(message)) for message in messages]
    texts += [canonical_json([tool.name, tool.description, tool.input_schema]) for tool in tools]
    if output_schema is not None:
        texts.append(canonical_json(output_schema))
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return AROUND * len(texts) + int((Decimal(size) / bytes_per_token).to_integral_value(ROUND_CEILING))
