"""A drop-in endpoint for the legacy Mechanical Turk requester API; create_app wires its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from flask import Flask

    from adapter.core.settings import Settings


def create_app(settings: Settings) -> Flask:
    """The WSGI application: the legacy API, the 2017-01-17 service at the same port, and pages for people.

    The database must have been migrated. Nothing is connected to before the first request.
    """
    from adapter.app import build  # noqa: PLC0415 - `import adapter` alone must stay cheap

    return build(settings)
