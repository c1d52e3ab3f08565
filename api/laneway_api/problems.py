"""Expected failures → ``application/problem+json`` (RFC 9457), mapped once, here.

Every problem has ``type title status detail instance`` and a stable ``code`` (docs/reference/errors.md); ``problems`` lists
findings in a file or a body, ``details`` holds further facts for a program.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from laneway.domain.errors import LanewayError, Refused
from laneway.logs import Logger
from laneway_api.responses import encode

log = Logger("laneway.api")

BACK_PRESSURE = "RESOURCE_EXHAUSTED"
"""The title that makes the official clients back off and try again."""


class TimedOut(LanewayError):
    """What was waited for did not come in time; it may still come."""

    status = 504


class ProblemResponse(Response):
    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return encode(content)


def problem(
    status: int,
    code: str,
    detail: str,
    instance: str,
    *,
    details: Mapping[str, Any] | None = None,
    problems: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": BACK_PRESSURE if status == 503 else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
    if problems:
        body["problems"] = list(problems)
    if details:
        body["details"] = dict(details)
    return ProblemResponse(body, status_code=status, headers=dict(headers or {}))


def of_error(error: LanewayError, instance: str, documented: Container[Any] | None = None) -> ProblemResponse:
    """``documented``: the statuses of the operation. The wire format knows 422 nowhere but at deployments, so that elsewhere
    what is understood but refused is a 400; a key that was used for another request is our own header and stays 422."""
    status = error.status
    if status == 422 and documented is not None and 422 not in documented and error.code != "idempotency_key_reused":
        status = 400
    details = dict(error.details)
    problems: list[dict[str, Any]] = []
    if isinstance(error, Refused) and error.problems:
        problems = [one.as_dict() for one in error.problems]
        details.pop("problems", None)
    headers = {"Retry-After": "1"} if status == 503 else None
    return problem(status, error.code, error.message, instance, details=details, problems=problems, headers=headers)


def unexpected(error: BaseException, request_id: str, method: str, path: str) -> ProblemResponse:
    """A bug of ours: logged with its trace under the id that the caller is given, and nothing of it shown."""
    log.error("request_failed", request_id=request_id, method=method, path=path, exc_info=error)
    return problem(
        500,
        "internal_error",
        f"Something went wrong in the server. It is logged under id {request_id}; give that id when you report it.",
        path,
        details={"id": request_id},
    )
