"""Guardrails: what is looked for in what goes to an agent and in what comes back, and what is done when it is found.

Each finds; the contract says what follows: ``redact``, ``block`` or ``ask`` (a person decides). What comes with Laneway is in
``registry.BUILT_IN``; others come with a package that has an entry point in the group ``laneway.guardrails``.
"""
