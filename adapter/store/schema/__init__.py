"""The tables of the store, all on one MetaData."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def load() -> MetaData:
    """The MetaData with every table of the project on it."""
    from adapter.store.schema import accounts, gateway, listings, marketplace, notifications, worker_accounts, workers  # noqa: F401, PLC0415

    return metadata
