"""`adapter migrate` and `adapter doctor`: prepare an installation, and say what is wrong with one."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import click
import requests

from adapter.cli.support import (
    json_option,
    migrated_store,
    print_list,
    public_address,
    settings_in_force,
    world_header,
)
from adapter.core import clock
from adapter.core.database import Store, first_line, open_store
from adapter.core.database.health import empty, migrated, obstacle
from adapter.core.egress import networks_of
from adapter.core.origins import gets_sessions
from adapter.core.settings import Settings, unknown
from adapter.core.store import accounts
from adapter.core.worlds import worlds
from adapter.legacy.store import notification_specifications
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.workable import hindrance
from adapter.marketplace.store import open_hits, worker_messages
from adapter.notifications.store import deliveries
from adapter.pages.content.host import REQUESTER, host_pattern

#: Seconds by which this machine's clock may differ from the upstream's; its SigV4 check allows 300.
CLOCK_SECONDS = 60
TIMEOUT_SECONDS = 5
#: So many HITs are looked at for a page that cannot be shown.
MOST_HITS = 1000


class _WrongError(Exception):
    """What a check found wrong, and what to do about it."""


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; `adapter serve` does so too."""
    for world in worlds(settings_in_force()):
        with migrated_store(world):
            pass
    click.echo("the database has the newest schema")


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check this installation, one line each; exits with 1 when something is wrong."""
    found = []
    for name, check in _checks():
        well, finding = _finding(check)
        found.append((name, well, finding))
        if not as_json:
            click.echo(f"{'yes' if well else 'no':<4} {name}: {finding}")
    if as_json:
        print_list(("CHECK", "WELL", "FINDING"), found, as_json=True)
    context.exit(0 if all(well for _, well, _ in found) else 1)


def findings() -> list[tuple[str, bool, str]]:
    """All of them: the check, whether it is well, and what was found."""
    return [(name, *_finding(check)) for name, check in _checks()]


def _finding(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except Exception as error:  # noqa: BLE001 (whatever a check meets is its finding)
        return False, first_line(error) or type(error).__name__


def _checks() -> Iterator[tuple[str, Callable[[], str]]]:
    found: list[Settings] = []

    def settings() -> str:
        found.append(settings_in_force())
        return "they can be read"

    yield "settings", settings
    yield "variables", _variables
    if not found:
        return
    yield "data folder", lambda: _folder(found[0].home)
    yield "encryption key", lambda: _key_file(found[0])
    yield "database", lambda: _database(found[0])
    yield "access keys", lambda: _access_keys(found[0])
    yield "server", lambda: _server(found[0])
    yield "upstream and clock", lambda: _upstream(found[0])
    yield "notifications", lambda: _notifications(found[0])
    if found[0].embedded:
        yield "requesters' pages", lambda: _requesters_pages(found[0])
        yield "workers' reports", lambda: _reports(found[0])
    for each in worlds(found[0])[1:]:
        yield "sandbox's database", partial(_database, each)
        yield "sandbox's upstream and clock", partial(_upstream, each)


@contextlib.contextmanager
def _existing(settings: Settings) -> Iterator[Store]:
    """The store, as it is: a check makes none."""
    store = open_store(settings)
    try:
        if empty(store):
            raise _WrongError("there is no database yet; `adapter migrate` makes it")
        yield store
    finally:
        store.close()


def _variables() -> str:
    if wrong := unknown():
        raise _WrongError("; ".join(wrong))
    return "all that begin with ADAPTER_ are settings"


def _folder(settings: Settings) -> str:
    folder = settings.data.absolute()
    if not folder.is_dir():
        raise _WrongError(f"{folder} does not exist; `adapter migrate` makes it")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _WrongError(f"{folder} is not writable for this user")
    _check_mode(folder, 0o700)
    return f"{folder} is writable, by its owner only"


def _key_file(settings: Settings) -> str:
    if settings.encryption_key:
        return "comes from the settings"
    path = settings.home.data / "encryption.key"
    if not path.exists():
        raise _WrongError(f"{path} does not exist; it is made when the first secret is stored")
    _check_mode(path, 0o600)
    return f"{path} can be read by its owner only"


def _check_mode(path: Path, wanted: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise _WrongError(f"{path} has mode {mode:04o}; others can read it (chmod {wanted:o})")


def _database(settings: Settings) -> str:
    with _existing(settings) as store:
        if store.sqlite:
            file = Path(store.url.database or "")
            for each in file.parent.glob(file.name + "*"):
                _check_mode(each, 0o600)
        if not migrated(store):
            raise _WrongError("the schema is not the newest; run `adapter migrate`")
        if reason := obstacle(store):
            raise _WrongError(f"{store.url.database if store.sqlite else 'the server'}: {reason}")
    return f"{store.url.get_backend_name()} answers, has the newest schema and takes writes"


def _access_keys(settings: Settings) -> str:
    with _existing(settings) as store:
        _key_file(settings)
        enabled = [each for each in accounts.list_keys(store) if each.enabled]
        if not enabled:
            raise _WrongError("there is none that is enabled; `adapter keys create` makes one")
        accounts.find_key(store, enabled[0].access_key_id)  # fails when another encryption key was used
    return f"{len(enabled)} enabled, and their secrets can be decrypted"


def _server(settings: Settings) -> str:
    address = public_address(settings)
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between this and the server beside it
            answer = session.get(f"{address}/readyz", headers=world_header(settings), timeout=TIMEOUT_SECONDS)
    except requests.ConnectionError as error:
        raise _WrongError(f"nothing answers at {address}; `adapter serve` starts it") from error
    if answer.status_code != 200:
        raise _WrongError(f"{address} is not ready: {answer.text.strip()[:200]}")
    return f"{address} is ready"


def _upstream(settings: Settings) -> str:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if settings.embedded:
        return f"embedded; here it is {now}"
    try:
        answer = requests.get(settings.upstream, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.ConnectionError as error:
        raise _WrongError(f"nothing answers at {settings.upstream}; ADAPTER_UPSTREAM names another") from error
    if "Date" not in answer.headers:
        return f"{settings.upstream} answers; here it is {now}"
    difference = abs(time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp())
    if difference > CLOCK_SECONDS:
        raise _WrongError(f"this machine's clock differs by {difference:.0f} seconds from {settings.upstream}")
    return f"{settings.upstream} answers, and the clocks agree"


def _notifications(settings: Settings) -> str:
    networks = networks_of(settings)
    with _existing(settings) as store:
        with store.read() as connection:
            active = notification_specifications.active(connection)
        states = deliveries.counts(store)
    if active and not settings.embedded and not settings.events_queue_url:
        raise _WrongError(
            f"{len(active)} HIT types are to be reported to receptors or by e-mail, and no events come in "
            "(ADAPTER_EVENTS_QUEUE_URL)"
        )
    mails = sum(each.transport == "Email" for each in active)
    if mails and not settings.smtp_url:
        raise _WrongError(
            f"{mails} HIT types are to be reported by e-mail, and no mail server is set (ADAPTER_SMTP_URL)"
        )
    by_mail = "e-mail by the server that is set" if settings.smtp_url else "no e-mail (ADAPTER_SMTP_URL)"
    events = ""
    if not settings.embedded:
        events = "; events from the queue" if settings.events_queue_url else "; no events (ADAPTER_EVENTS_QUEUE_URL)"
    failed, waiting = states.get("failed", 0), states.get("pending", 0)
    return f"receptors at {networks}; {by_mail}{events}; {waiting} waiting, {failed} failed"


def _requesters_pages(settings: Settings) -> str:
    host_pattern(settings)
    with _existing(settings) as store, store.read() as connection:
        rows = open_hits.list_with_pages(connection, clock.milliseconds(), MOST_HITS)
    found = [(row.hit_id, check_question(row.question)) for row in rows]
    refused = [hit_id for hit_id, question in found if gets_sessions(settings, question.external_url or "")]
    if refused:
        raise _WrongError(
            f"{len(refused)} open HITs, such as {refused[0]}, are not shown: their page is on the host name of the worker pages "
            "and would get the workers' sessions. Give it a name of its own (docs/workers.md)"
        )
    stuck = [(hit_id, reason) for hit_id, question in found if (reason := hindrance(settings, question))]
    if stuck:
        raise _WrongError(f"{len(stuck)} open HITs cannot be done by workers, such as {stuck[0][0]}: it {stuck[0][1]}")
    if not settings.content_url:
        html = "in frames without storage (ADAPTER_CONTENT_URL)"
    elif REQUESTER in settings.content_url:
        html = f"at {settings.content_url}"
    else:
        html = f"at {settings.content_url}, whose storage all requesters share as there is no {REQUESTER} in it"
    return f"none of the newest open HITs has its page on the host name of the worker pages; HTML is shown {html}"


def _reports(settings: Settings) -> str:
    """What waits is no fault of the installation, and a worker must not be able to make one."""
    with _existing(settings) as store, store.read() as connection:
        found = worker_messages.count_letters(connection)
    if not found:
        return "none waits"
    broken, letters = found.get("Broken", 0), found.get("Question", 0)
    return f"{broken} about broken HITs and {letters} letters to requesters wait; `adapter workers reports` shows them"


COMMANDS = (migrate, doctor)
