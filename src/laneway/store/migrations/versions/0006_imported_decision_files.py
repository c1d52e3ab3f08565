"""Namespaces of deployed DMN files, and which file an import was found in."""

from __future__ import annotations

import re
from html import unescape

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROOT = re.compile(r"""<(?:[\w.-]+:)?definitions\b[^>]*?\snamespace\s*=\s*(?:"([^"]*)"|'([^']*)')""")
FIRST = 65_536
"""Bytes of a file that its root element is looked for in."""


def upgrade() -> None:
    op.add_column("resource", sa.Column("namespace", NAME, nullable=True))
    op.add_column("resource", sa.Column("imports", sa.Text(), nullable=False, server_default="{}"))
    op.create_index(op.f("ix_resource_tenant_id_namespace_key"), "resource", ["tenant_id", "namespace", "key"])
    resource = sa.table(
        "resource",
        sa.column("key", KEY),
        sa.column("kind"),
        sa.column("content", sa.LargeBinary),
        sa.column("namespace"),
    )
    connection = op.get_bind()
    keys = connection.scalars(sa.select(resource.c.key).where(resource.c.kind == "decision")).all()
    for key in keys:
        content = connection.scalar(sa.select(resource.c.content).where(resource.c.key == key))
        found = ROOT.search(bytes(content or b"")[:FIRST].decode(errors="replace"))
        if found is not None:
            namespace = " ".join(unescape(found[1] or found[2] or "").split())
            connection.execute(sa.update(resource).where(resource.c.key == key).values(namespace=namespace or None))


def downgrade() -> None:
    op.drop_index(op.f("ix_resource_tenant_id_namespace_key"), table_name="resource")
    op.drop_column("resource", "imports")
    op.drop_column("resource", "namespace")
