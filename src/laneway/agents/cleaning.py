"""Whatever returns from outside goes through here: no secret that was given out comes back into what is kept or shown.

Servers like to repeat what they were sent: in an error page, in an answer that succeeded, in the result of a tool. A secret is remembered
once it was opened, for the life of the process, and is taken out of bytes at the way out and of values at the gates behind it (an answer, a
reply, the outcome of a call), also as JSON or a URL writes it. Who is given a secret and means to pass it on can write it as they like.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar
from urllib.parse import quote

HIDDEN: Final = "•••"
SHORTEST: Final = 8
"""Characters: what is shorter stands in many words."""
MOST: Final = 1_000
_opened: OrderedDict[str, tuple[str, ...]] = OrderedDict()
_T = TypeVar("_T")


def remember(secret: str) -> None:
    """It is opened now, so that it may come back."""
    if len(secret) < SHORTEST or secret in _opened:
        return
    forms = (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe=""))
    # The longest first: a form that holds another is taken out whole.
    _opened[secret] = tuple(sorted(dict.fromkeys(forms), key=len, reverse=True))
    while len(_opened) > MOST:
        _opened.popitem(last=False)


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
