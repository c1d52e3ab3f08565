"""What the documented routes raise → problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from laneway.domain.errors import LanewayError
from laneway_api.problems import of_error, problem

_CODES = {404: "route_not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "content_type_unsupported"}


def _documented(request: Request) -> Mapping[Any, Any] | None:
    return getattr(request.scope.get("route"), "responses", None)


def _field(location: Sequence[Any]) -> str:
    """``body.filter.state``: pydantic's names of the tried members of a union (upper case, brackets) are left out."""
    return ".".join(str(part) for part in location if not (isinstance(part, str) and ("[" in part or "-" in part)))


def install(app: FastAPI) -> None:
    def laneway_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, LanewayError)
        return of_error(error, request.url.path, _documented(request))

    def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        findings = [{"field": _field(one["loc"]), "message": one["msg"]} for one in error.errors()]
        detail = "; ".join(f"{one['field']}: {one['message']}" for one in findings[:5])
        return problem(400, "invalid_input", detail, request.url.path, problems=findings[:50])

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, LanewayError):
            return laneway_error(request, error.__cause__)
        path = request.url.path
        detail = str(error.detail)
        if error.status_code == 404:
            detail = f"There is no {request.method} {path}. The routes are listed at /docs."
        elif error.status_code == 405:
            detail = f"{path} exists, but not for {request.method}. The routes are listed at /docs."
        code = _CODES.get(error.status_code, "invalid_input")
        return problem(error.status_code, code, detail, path, headers=error.headers)

    app.add_exception_handler(LanewayError, laneway_error)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
