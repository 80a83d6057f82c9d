"""`adapter notifications`: what became of messages to receptors, mailboxes, queues and topics, and sending them again."""

from __future__ import annotations

import click

from adapter.cli.support import existing_store, json_option, moment, print_list
from adapter.core import clock
from adapter.notifications.store import deliveries

STATES = ("pending", "sending", "failed", "delivered")


@click.group()
def notifications() -> None:
    """See what became of notifications, and send again what failed."""


@notifications.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were delivered, too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many at most.")
@json_option
def list_(everything: bool, limit: int, as_json: bool) -> None:
    """List notifications that wait or failed, the latest change first.

    A receptor is shown by its host: the rest of its address may hold a secret.
    """
    states = STATES if everything else STATES[:-1]
    with existing_store() as store:
        rows = [
            (
                each.seq,
                moment(each.changed_at),
                each.state,
                each.transport,
                each.lane,
                each.account_id,
                each.hit_type_id,
                len(each.events),
                each.attempts,
                each.error,
            )
            for each in deliveries.listed(store, states, limit)
        ]
    head = ("number", "changed", "state", "transport", "to", "account", "HIT type", "events", "attempts", "why")
    print_list(head, rows, as_json=as_json, empty="none")


@notifications.command()
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True, type=click.IntRange(1, 2**63 - 1))
def retry(numbers: tuple[int, ...]) -> None:
    """Send notifications that failed once more; the NUMBERs are those of the list.

    A receptor that did get one, although it did not say so, gets it twice.
    """
    with existing_store() as store:
        again = deliveries.retry(store, numbers, clock.milliseconds())
    click.echo(f"{again} of {len(numbers)} are sent again; the others did not fail")


COMMANDS = (notifications,)
