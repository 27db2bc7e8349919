"""Runs the migrations on the connection that `digest.store.migrations` hands over."""

from alembic import context
from sqlmodel import SQLModel

from digest import models

assert models.Article.metadata is SQLModel.metadata  # noqa: S101 -- the import fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
