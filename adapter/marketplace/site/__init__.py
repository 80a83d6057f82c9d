"""The worker pages of the embedded marketplace, on which people find, do and submit HITs."""

from __future__ import annotations

from flask import Blueprint

from adapter.marketplace.site import accounts, hits, pages, static
from adapter.settings import Settings
from adapter.store.engine import Store


def blueprint(settings: Settings, store: Store) -> Blueprint:
    """All worker pages, below /mturk/; see docs/workers.md. Each module adds its own views."""
    site = Blueprint("site", __name__)
    site.record_once(lambda state: state.app.extensions.update(worker_site=store))
    for module in (accounts, hits, static):
        module.add_views(site, settings)
    site.after_request(pages.bind_visitor)
    return site
