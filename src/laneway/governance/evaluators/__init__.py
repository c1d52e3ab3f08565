"""Evaluators: how far an answer is to be trusted, by something else than the agent's own word. Decided here; asked by the agent's job."""
