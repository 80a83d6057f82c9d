"""The modules that declare operations and timers, imported once the service is made."""

from __future__ import annotations

import importlib

#: Modules of this package that declare something when they are imported.
MODULES = (
    "account",
    "qualifications",
    "qualification_requests",
    "qualification_workers",
    "taking",
    "hit_types",
    "hits",
    "lists",
    "notification_settings",
    "extending",
    "disposing",
    "assignments",
    "bonuses",
    "blocks",
    "decisions",
    "messages",
    "policies",
    "uploads",
    "working",
)


def load() -> None:
    """Import every module that declares operations or timers."""
    for name in MODULES:
        importlib.import_module(f"adapter.marketplace.{name}")
