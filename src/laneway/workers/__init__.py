"""Loops that do what is due: agent jobs, internal jobs, timers, outbox, message expiry."""
