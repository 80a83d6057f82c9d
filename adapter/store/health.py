"""Whether the database can be reached and has the newest schema."""

from __future__ import annotations

from functools import cache

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from adapter.store.engine import MIGRATIONS, Store

_current = text("SELECT version_num FROM alembic_version")


@cache
def newest() -> str | None:
    """The newest revision of the schema that this program knows."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head()


def migrated(store: Store) -> bool:
    """Whether the database has the newest schema. Raises what the driver raises when it cannot be reached."""
    with store.read() as connection:
        return bool(connection.scalar(_current) == newest())
