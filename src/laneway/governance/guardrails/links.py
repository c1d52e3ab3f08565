"""``links``: addresses of hosts that are not on the list. A link or an image in an answer can carry data away when it is shown.

Config: ``allow``: hosts (``example.com`` stands for itself, ``*.example.com`` for those below it); default: none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.governance.guardrails.base import TextGuardrail, finder, linear

# Browsers take \ for / and leave out line breaks, and a link without a scheme has that of the page.
_LINK = r"(?:\b[a-z][a-z0-9+.-]{0,30}:)?[/\\]{2}[^\s<>\"'`)\]}]+|\b(?:data|javascript|mailto|file|vbscript):[^\s<>\"'`)\]}]+|\bwww\.[^\s<>\"'`)\]}]+"
_HTTP = ("http", "https")


def create(config: Mapping[str, Any]) -> TextGuardrail:
    unknown = sorted(set(config) - {"allow"})
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}; known is allow")
    allow = config.get("allow", [])
    if not isinstance(allow, list) or not all(isinstance(host, str) and host.strip(" *.") for host in allow):
        raise ValueError("`allow` is a list of hosts")
    allowed = tuple(host.strip().lower() for host in allow)

    def accept(_what: str, link: str) -> bool:
        return not _is_allowed(link, allowed)

    return TextGuardrail(finder({"link": linear(_LINK, case_sensitive=False)}, accept), "block")


def _is_allowed(link: str, allowed: tuple[str, ...]) -> bool:
    scheme, separator, rest = link.replace("\\", "/").partition("//")
    scheme = scheme.rstrip(":").lower()
    if not separator:
        if not link.lower().startswith("www."):
            return False
        scheme, rest = "https", link
    if scheme and scheme not in _HTTP:
        return False
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    if "@" in authority:
        return False
    host = authority.rpartition(":")[0] if ":" in authority else authority
    host = host.lower().rstrip(".,;!")
    return any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in allowed)
