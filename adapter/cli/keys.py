"""`adapter keys`: the accounts and the access keys that sign their calls."""

from __future__ import annotations

import click

from adapter.cli.support import (
    existing_store,
    json_option,
    migrated_store,
    moment,
    print_list,
    read_secret,
    secret_option,
)
from adapter.core.store import accounts


@click.group()
def keys() -> None:
    """Make, import, list, disable and enable access keys."""


@keys.command()
@click.option("--name", default="", help="What to call the new account.")
@click.option("--account", metavar="ACCOUNT_ID", help="Make one more key for this account instead of a new account.")
def create(name: str, account: str | None) -> None:
    """Make a new access key pair, and show it this once."""
    with migrated_store() as store:
        key = accounts.add_key(store, account) if account else accounts.create_account(store, name)
    click.echo(f"account             {key.account_id}")
    click.echo(f"access key id       {key.access_key_id}")
    click.echo(f"secret access key   {key.secret_access_key}")


@keys.command("import")
@click.argument("access_key_id")
@click.option("--name", default="", help="What to call the new account.")
@secret_option
def import_(access_key_id: str, name: str, secret_file: str | None) -> None:
    """Take over an existing access key pair, so that the old client's configuration stays as it is."""
    secret = read_secret("Secret access key", secret_file)
    with migrated_store() as store:
        key = accounts.import_key(store, name, access_key_id, secret)
    click.echo(f"access key {key.access_key_id} belongs to account {key.account_id}")


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show all access keys; never their secrets."""
    with existing_store() as store:
        listed = accounts.list_keys(store)
    rows = [
        (each.access_key_id, each.account_id, each.name, each.enabled, moment(each.created_at), each.balance)
        for each in listed
    ]
    print_list(("ACCESS KEY ID", "ACCOUNT", "NAME", "ENABLED", "CREATED", "BALANCE"), rows, as_json=as_json)


@keys.command()
@click.argument("access_key_id")
def disable(access_key_id: str) -> None:
    """Refuse an access key from now on; running servers do so within five seconds."""
    with existing_store() as store:
        accounts.disable_key(store, access_key_id)
    click.echo(f"access key {access_key_id} is disabled")


@keys.command()
@click.argument("access_key_id")
def enable(access_key_id: str) -> None:
    """Take an access key again that was disabled; running servers do so within five seconds."""
    with existing_store() as store:
        accounts.enable_key(store, access_key_id)
    click.echo(f"access key {access_key_id} is enabled")


@keys.command()
@click.argument("access_key_id")
@click.option(
    "--zoned", type=click.IntRange(1), metavar="SECONDS", help="For a Timestamp with a zone; absent: ADAPTER_SKEW."
)
@click.option(
    "--local", type=click.IntRange(1), metavar="SECONDS", help="For one without a zone; absent: ADAPTER_SKEW_LOCAL."
)
def skew(access_key_id: str, zoned: int | None, local: int | None) -> None:
    """Set how far from now the Timestamps of one access key may be."""
    with existing_store() as store:
        accounts.set_skew(store, access_key_id, zoned, local)
    click.echo(
        f"access key {access_key_id}: {zoned or 'as in the settings'} zoned, {local or 'as in the settings'} local"
    )


@keys.command()
@click.argument("access_key_id")
@click.argument("upstream_access_key_id", required=False)
@secret_option
def upstream(access_key_id: str, upstream_access_key_id: str | None, secret_file: str | None) -> None:
    """Set the credentials that calls of one access key use at ADAPTER_UPSTREAM; without them its own pair is used."""
    secret = read_secret("Secret access key at the upstream", secret_file) if upstream_access_key_id else None
    with existing_store() as store:
        accounts.set_upstream(store, access_key_id, upstream_access_key_id, secret)
    click.echo(f"access key {access_key_id} signs upstream calls with {upstream_access_key_id or 'its own pair'}")


COMMANDS = (keys,)
