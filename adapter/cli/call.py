"""`adapter call`: send one legacy call, signed as an old client signs it, and show the answer."""

from __future__ import annotations

import time
from pathlib import Path

import click
import requests
from lxml import etree

from adapter.cli.support import (
    CommandError,
    existing_store,
    public_address,
    read_secret,
    secret_option,
    settings_in_force,
    world_header,
)
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.versions import NEWEST, VERSIONS
from adapter.legacy.protocol import signature
from adapter.legacy.protocol.request import SERVICE

TIMEOUT_SECONDS = 120


@click.command()
@click.argument("operation")
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--version",
    "api_version",
    default=NEWEST,
    show_default=True,
    help=f"Version of the API, {VERSIONS[0]} to {NEWEST}.",
)
@click.option("--url", help="Address of the server; by default the one that the settings name.")
@click.option(
    "--key", "access_key_id", metavar="ID", help="Access key id to sign with; by default the oldest enabled one."
)
@secret_option
@click.pass_context
def call(
    context: click.Context,
    operation: str,
    parameters: tuple[str, ...],
    api_version: str,
    url: str | None,
    access_key_id: str | None,
    secret_file: str | None,
) -> None:
    """Send a legacy REST call and show its answer; exits with 1 when the answer is an error.

    A value that begins with @ is read from that file. Example:

        adapter call RevokeQualification SubjectId=A1EXAMPLE QualificationTypeId=3EXAMPLE
    """
    settings = settings_in_force()
    fields = [_field(each) for each in parameters]
    identifier, secret = _key(settings, access_key_id, secret_file)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    fields += [
        ("Service", SERVICE),
        ("Version", api_version),
        ("Operation", operation),
        ("AWSAccessKeyId", identifier),
        ("Timestamp", moment),
        ("Signature", signature.sign(secret, f"{SERVICE}{operation}{moment}")),
    ]
    with requests.Session() as session:
        session.trust_env = url is not None  # no proxy stands between this and the server beside it
        address, headers = (url, {}) if url else (public_address(settings), world_header(settings))
        try:
            answer = session.post(address, data=fields, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except requests.ConnectionError as error:
            raise CommandError(
                f"nothing answers at {address}; `adapter serve` starts a server, and ADAPTER_HOST and ADAPTER_PORT, or "
                "--url, say where it is"
            ) from error
    text, failed = read_answer(answer.content)
    click.echo(text)
    context.exit(1 if failed or answer.status_code != 200 else 0)


def read_answer(content: bytes) -> tuple[str, bool]:
    """An answer's XML indented for people, and whether it reports an error. Raises CommandError when it is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise CommandError(f"the answer is not XML ({error.msg}): {content[:200]!r}") from error
    failed = next(root.iter("{*}Error"), None) is not None
    etree.indent(root)
    return etree.tostring(root, encoding="unicode"), failed


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.UsageError(f"{text!r} is not NAME=VALUE")
    return name, Path(value[1:]).read_text(encoding="utf-8") if value.startswith("@") else value


def _key(settings: Settings, access_key_id: str | None, secret_file: str | None) -> tuple[str, str]:
    if access_key_id and secret_file:
        return access_key_id, read_secret("Secret access key", secret_file)
    if access_key_id and not settings.data.exists() and not settings.database_url:
        # a key of another machine's server
        return access_key_id, read_secret("Secret access key", None)
    with existing_store(settings) as store:
        identifier = access_key_id or next(
            (each.access_key_id for each in accounts.list_keys(store) if each.enabled), None
        )
        found = accounts.find_key(store, identifier) if identifier else None
    if found:
        return found.access_key_id, found.secret_access_key
    if not identifier:
        raise CommandError("there is no enabled access key yet: `adapter keys create` makes one")
    return identifier, read_secret("Secret access key", None)


COMMANDS = (call,)
