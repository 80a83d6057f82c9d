"""The worlds of an installation, production and the sandbox: the settings of each."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from adapter.core.settings import Settings, SettingsError


@dataclass(frozen=True)
class Sandbox(Settings):
    """The settings of the sandbox of an installation. Its requesters and their access keys are those of `production`."""

    production: Settings = field(kw_only=True)

    @property
    def home(self) -> Settings:
        """The settings of the world that keeps the access keys of all."""
        return self.production

    @property
    def address(self) -> str:
        """The public URL as far as it is known without a request, without a slash at its end."""
        if self.site_url or self.sandbox == "always":
            return super().address
        return f"http://sandbox.localhost:{self.port}"


def sandbox_of(settings: Settings) -> Sandbox:
    """The settings of the sandbox beside this production: what it keeps lies apart, and no real money is in it."""
    by_name = settings.sandbox == "names"
    site, content = settings.sandbox_url or settings.site_url, settings.content_url
    if by_name and settings.sandbox_url and _named(site) != site:
        raise SettingsError(
            "ADAPTER_SANDBOX_URL: its host name must have `sandbox` in it, or ADAPTER_SANDBOX be `always`"
        )
    values = {each.name: getattr(settings, each.name) for each in fields(Settings)}
    return replace(
        Sandbox(**values, production=settings),
        data=settings.data / "sandbox",
        upstream=settings.sandbox_upstream,
        # the queue hears of what happens at the upstream of production
        events_queue_url="",
        initial_balance="10000.00",
        site_url=_named(site) if by_name else site,
        content_url=_named(content) if by_name else content,
        uploads=settings.uploads and settings.uploads.rstrip("/") + "/sandbox",
    )


def _named(address: str) -> str:
    """The address with a host name of the sandbox: one that a certificate for the neighbours of a requester's name covers, too."""
    parts = urlsplit(address)
    if not address or "sandbox" in parts.netloc.lower():
        return address
    if parts.netloc.startswith("{"):
        return parts._replace(netloc=f"sandbox-{parts.netloc}").geturl()
    with suppress(ValueError):
        ip_address(parts.hostname or "")
        return parts._replace(netloc="sandbox.localhost" + (f":{parts.port}" if parts.port else "")).geturl()
    return parts._replace(netloc=f"sandbox.{parts.netloc}").geturl()


def worlds(settings: Settings) -> list[Settings]:
    """The settings of each world that is served: production, the sandbox, or first the one and then the other."""
    if settings.in_sandbox or settings.sandbox == "never":
        return [settings]
    return [sandbox_of(settings)] if settings.sandbox == "always" else [settings, sandbox_of(settings)]
