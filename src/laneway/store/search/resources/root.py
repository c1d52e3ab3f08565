"""The root instance beside the rows of what runs under it: its business id and its tags hold for all of them."""

from __future__ import annotations

from sqlalchemy import Text, cast

from laneway.store.search.fields import Field
from laneway.store.search.special import Tags
from laneway.store.tables import process_instance

root = process_instance.alias("root")

BUSINESS_ID = Field(root.c.business_id, nullable=True)
TAGS = Field(
    cast(root.c.tags, Text),
    "json",
    shown=root.c.tags,
    sortable=False,
    special=Tags(cast(root.c.tags, Text)),
)
