"""Expected failures, as values that are raised once and mapped to a status once (in the API room).

    LanewayError
    ├── InvalidInput            400  what was sent cannot be understood
    ├── NotFound                404
    ├── Conflict                409  the state of the thing does not allow it
    ├── Forbidden               403
    ├── TooLarge                413
    ├── UnsupportedEncoding     415
    ├── Refused                 422  understood, but cannot be done (a diagram with errors carries its problems)
    └── Overloaded              503  try again

Every error has a stable ``code`` and a message that says where, what was found and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from laneway.domain.problem import Problem


class LanewayError(Exception):
    """Base of all expected failures.

    Parameters
    ----------
    code
        Stable, lower snake case, documented in docs/reference/errors.md.
    message
        For a person: where, what was found, what to do.
    details
        JSON-compatible facts for a program (element id, column, allowed values …).
    """

    status = 500

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details: dict[str, Any] = dict(details or {})


class InvalidInput(LanewayError):
    status = 400


class Forbidden(LanewayError):
    status = 403


class NotFound(LanewayError):
    status = 404


class Conflict(LanewayError):
    status = 409


class TooLarge(LanewayError):
    status = 413


class UnsupportedEncoding(LanewayError):
    status = 415


class Refused(LanewayError):
    status = 422

    def __init__(
        self, code: str, message: str, details: Mapping[str, Any] | None = None, problems: Sequence[Problem] = ()
    ) -> None:
        super().__init__(code, message, details)
        self.problems = tuple(problems)


class Overloaded(LanewayError):
    status = 503


class StaleState(LanewayError):
    """The fence of an instance or a job moved while a command was at work; the command is tried again on fresh state."""

    status = 409
