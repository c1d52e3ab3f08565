"""Whatever returns from outside goes through here: no secret that was given out comes back into what is kept or shown.

Servers like to repeat what they were sent: in an error page, in an answer that succeeded, in the result of a tool. A secret is remembered
once it was opened, for the life of the process, and is taken out of bytes at the way out and of values at the gates behind it (an answer, a
reply, the outcome of a call), also as JSON, a URL, HTML, base64 or
hexadecimal digits write it. Who is given a secret and means to pass it on can write it as they like.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from html import escape
from typing import Any, Final, TypeVar
from urllib.parse import quote, quote_plus

HIDDEN: Final = "•••"
SHORTEST: Final = 8
"""Characters: what is shorter stands in many words."""
MOST: Final = 1_000
_ANGLES: Final = re.compile("[<>&]")
_PERCENT: Final = re.compile("%[0-9A-F]{2}")
_URL_SAFE: Final = str.maketrans("+/", "-_")
_opened: OrderedDict[str, tuple[str, ...]] = OrderedDict()
_T = TypeVar("_T")


def remember(secret: str) -> None:
    """It is opened now, so that it may come back."""
    if len(secret) < SHORTEST or secret in _opened:
        return
    # The longest first: a form that holds another is taken out whole.
    _opened[secret] = tuple(sorted((each for each in dict.fromkeys(_forms(secret)) if each), key=len, reverse=True))
    while len(_opened) > MOST:
        _opened.popitem(last=False)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for written in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield written
        yield _ANGLES.sub(lambda found: f"\\u{ord(found.group()):04x}", written)
    for safe in ("", "/"):
        percent = quote(secret, safe=safe)
        yield percent
        yield _PERCENT.sub(lambda found: found.group().lower(), percent)
    yield quote_plus(secret)
    yield escape(secret)
    yield escape(secret, quote=False)
    content = secret.encode()
    yield content.hex()
    yield content.hex().upper()
    # Within a longer text base64 writes it in one of three ways, by where it begins; its ends are mixed with what stands beside it.
    for begins in range(3):
        written = b64encode(b"\0" * begins + content).decode().rstrip("=")
        whole = written[(0, 2, 3)[begins] : len(written) - ((begins + len(content)) % 3 > 0)]
        if len(whole) >= SHORTEST:
            yield whole
            yield whole.translate(_URL_SAFE)


def clean_text(text: str) -> str:
    for forms in list(_opened.values()):
        for form in forms:
            if form in text:
                text = text.replace(form, HIDDEN)
    return text


def clean_bytes(content: bytes) -> bytes:
    for forms in list(_opened.values()):
        for form in forms:
            written = form.encode()
            if written in content:
                content = content.replace(written, HIDDEN.encode())
    return content


def clean(value: _T) -> _T:
    """The same with every text in it clean: JSON, and the dataclasses of ``domain.contract``, ``chat`` and ``tools.base``."""
    return value if not _opened else _clean(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {_clean(name): _clean(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_clean(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _clean(getattr(value, each.name)) for each in fields(value) if each.init})
    return value
