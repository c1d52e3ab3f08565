"""What the nouns share: bases, keys, texts, pages, the problem."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from laneway.domain.errors import NotFound
from laneway.domain.types import LONGEST_FINDABLE

_MOST_DIGITS = 25
_INT64 = 2**63


class Wire(BaseModel):
    """Base of what goes out: camelCase names, every field present."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Command(BaseModel):
    """Base of what comes in: a name that is not known is an error, so that a slip of the pen is noticed."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


def as_key(text: str) -> int | None:
    """The key that a text is; None if it can be none of ours."""
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        number = int(text)
        return number if number < _INT64 else None
    return None


def _key(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        if int(value) >= _INT64:
            raise NotFound("not_found", f"There is nothing with key {value}")
        return int(value)
    raise ValueError("a key is a string of 1 to 25 digits")


_KEY_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,25}$", "examples": ["2251799813690746"]})
InKey = Annotated[int, BeforeValidator(_key), _KEY_SCHEMA]
"""A key in a path or a body. One that is too long for any key of ours is not found rather than wrong."""


def _short(text: str) -> str:
    if len(text) > LONGEST_FINDABLE or len(text.encode()) > LONGEST_FINDABLE:
        raise ValueError(f"at most {LONGEST_FINDABLE} bytes in UTF-8")
    return text


def _named(variables: dict[str, Any]) -> dict[str, Any]:
    for name in variables:
        if len(name) > LONGEST_FINDABLE or len(name.encode()) > LONGEST_FINDABLE:
            raise ValueError(f"the name {name[:40]}… has over {LONGEST_FINDABLE} bytes in UTF-8")
    return variables


Text = Annotated[str, Field(max_length=10_000)]
Short = Annotated[str, AfterValidator(_short), Field(json_schema_extra={"maxLength": LONGEST_FINDABLE})]
"""What is looked for: a key, an id."""
Name = Annotated[
    str, Field(min_length=1), AfterValidator(_short), Field(json_schema_extra={"maxLength": LONGEST_FINDABLE})
]
Variables = Annotated[
    dict[str, Any], AfterValidator(_named), Field(description="Values by name; numbers keep all their digits")
]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_\-:.]{0,99}$")]
BusinessId = Annotated[str, Field(min_length=1, max_length=256)]
Small = Annotated[int, Field(ge=0, le=2**31 - 1)]
Milliseconds = Annotated[int, Field(ge=0, le=2**53)]
Instant = AwareDatetime


class PageInfo(Wire):
    """Where a page stands among all that was found."""

    total_items: int = Field(description="How many there are; exact unless `hasMoreTotalItems`")
    has_more_total_items: bool = Field(description="There are more than `totalItems`, which stopped counting")
    start_cursor: str | None = Field(description="Give it as `page.before` for the page in front")
    end_cursor: str | None = Field(description="Give it as `page.after` for the page behind")


class Problem(Wire):
    """RFC 9457, with a code that stays the same from release to release (docs/reference/errors.md)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="For a person: what was found, where, and what to do")
    instance: str = Field(description="The path that was called")
    code: str | None = Field(default=None, description="For a program")
    problems: list[dict[str, Any]] | None = Field(default=None, description="Findings in a body or a file, one each")
    details: dict[str, Any] | None = Field(default=None, description="Further facts for a program")
