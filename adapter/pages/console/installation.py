"""What is installed: version, world, database and its schema, settings, and what `adapter doctor` finds."""

from __future__ import annotations

import platform
from dataclasses import fields
from pathlib import Path

from flask import Blueprint, Response, request

from adapter.core.database import newest_revision
from adapter.core.database.health import obstacle, revision
from adapter.core.settings import Settings, variable
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import render


def add_views(console: Blueprint, desk: Desk) -> None:
    """The page."""

    @console.get("/console/installation")
    def installation() -> Response:
        found = desk.findings() if desk.findings and "check" in request.args else None
        return render(
            "installation.html",
            facts=_facts(desk),
            settings=_changed(desk.settings),
            findings=found,
            can_check=desk.findings is not None,
        )


def _facts(desk: Desk) -> list[tuple[str, str]]:
    settings, store = desk.settings, desk.store
    kind = store.url.get_backend_name()
    at = str(store.url.database) if store.sqlite else f"{store.url.host or 'this machine'}, {store.url.database}"
    now = revision(store)
    facts = [
        ("World", "sandbox" if settings.in_sandbox else "production"),
        ("Address", settings.address),
        ("Upstream", "the embedded marketplace" if settings.embedded else settings.upstream),
        ("Version", f"{desk.version}, Python {platform.python_version()}"),
        ("Database", f"{kind}: {at}"),
        ("Takes writes", obstacle(store) or "yes"),
        ("Schema", now if now == newest_revision() else f"{now}; this program's is {newest_revision()}"),
    ]
    if store.sqlite:
        facts.append(("Size", f"{Path(at).stat().st_size / 1e6:,.1f} MB"))
    return facts


def _changed(settings: Settings) -> list[tuple[str, str]]:
    """The settings that are not at their default; of secrets only that they are set."""
    return [
        (variable(each.name), "(set)" if each.metadata["secret"] else str(getattr(settings, each.name)))
        for each in fields(Settings)
        if getattr(settings, each.name) != each.default
    ]
