"""Alembic's own entry: runs the steps on the connection that `migrate.upgrade` hands over, inside its transaction."""

from alembic import context

from codegym_jlab.store.sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction holds all steps, on SQLite too
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
