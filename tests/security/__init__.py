"""Attacks on governed agents: a corpus of injected instructions, an agent that always does as an attacker says, and real systems
outside, at which alone it is counted what was done. ``make security`` prints the table."""
