"""What several commands need: settings with logging, the migrated store, secrets from where they may come from."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import click

from adapter.core.database import DatabaseError, Store, first_line, open_store
from adapter.core.database.health import empty
from adapter.core.secrets import open_secrets
from adapter.core.settings import Settings, SettingsError, load, unknown
from adapter.core.store import accounts
from adapter.core.worlds import sandbox_of

LOG = logging.getLogger("adapter.settings")

#: Where commands look for a secret before they ask for it.
SECRET_VARIABLE = "ADAPTER_SECRET_ACCESS_KEY"  # noqa: S105 (the name of a variable, not a secret)


class CommandError(Exception):
    """A command cannot do what it was asked; the message is for the user."""


def progress(items: Iterable[Any], label: str) -> Iterator[Any]:
    """Go through items; who watches on a terminal sees how far it is."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, label=label, file=sys.stderr, show_pos=True) as bar:
        yield from bar


def settings_in_force() -> Settings:
    """The settings, with the log set up as they say; those of the sandbox where that is asked for. Raises SettingsError."""
    settings = load()
    context = click.get_current_context(silent=True)
    asked = context is not None and context.find_root().params.get("sandbox")
    if asked and settings.sandbox == "never":
        raise CommandError("there is no sandbox: ADAPTER_SANDBOX is never")
    if asked or settings.sandbox == "always":
        settings = sandbox_of(settings)
    level = logging.getLevelNamesMapping().get(settings.log_level.upper())
    if level is None:
        raise SettingsError(f"ADAPTER_LOG_LEVEL: {settings.log_level!r} is none of DEBUG, INFO, WARNING, ERROR")
    logging.getLogger("adapter").setLevel(level)
    if settings.log_format == "json":
        from adapter.core.json_log import JsonFormatter  # noqa: PLC0415 (most want plain lines)

        logging.captureWarnings(capture=True)
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonFormatter())
    return settings


def world_header(settings: Settings) -> dict[str, str]:
    """What a call to public_address needs to reach this world there."""
    by_name = settings.in_sandbox and settings.sandbox == "names"
    return {"Host": f"sandbox.localhost:{settings.port}"} if by_name else {}


def public_address(settings: Settings) -> str:
    """The address that a client on this machine uses."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 (read, not bound)
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.port}"


def warn_of_unknown() -> None:
    """Log a warning for each variable that looks like a setting and is none."""
    for sentence in unknown():
        LOG.warning("%s; it has no effect", sentence)


@contextlib.contextmanager
def migrated_store(settings: Settings | None = None, *, existing: bool = False) -> Iterator[Store]:
    """The store, by default that of the settings in force, with the newest schema; closed before anything forks.

    Raises CommandError when it cannot be had, before anything is made; also where nothing is kept, if it is to be an
    `existing` one.
    """
    settings = settings or settings_in_force()
    folder = settings.home.data.absolute()
    where = f"ADAPTER_DATA: {folder}"
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not place.is_dir():
        raise CommandError(f"{where} cannot be the data folder, as {place} is a file")
    if settings.encryption_key:
        open_secrets(settings)
    store = open_store(settings)
    try:
        _ = store.engine  # made now: what is wrong with the settings is found here
        try:
            if existing and empty(store.home):
                raise CommandError(nothing_in(settings.home))
            store.migrate()
        except OSError as error:
            raise CommandError(f"{where}: {error.strerror or error}") from error
        except DatabaseError as error:
            setting = "ADAPTER_DATABASE_URL" if settings.database_url else where
            raise CommandError(f"{setting}: {first_line(error)}") from error
        yield store
    finally:
        store.close()


def existing_store(settings: Settings | None = None) -> contextlib.AbstractContextManager[Store]:
    """The store of an installation that is there: a command that reads must not make one where it happens to be run."""
    return migrated_store(settings, existing=True)


def nothing_in(settings: Settings) -> str:
    """Why there is nothing to read, and what to do about it."""
    if settings.database_url:
        return "ADAPTER_DATABASE_URL names an empty database; name the one of your server, or `adapter migrate` prepares it"
    return (
        f"there is no database in {settings.data.absolute()}; let ADAPTER_DATA name the data folder of your server "
        "(`adapter serve` makes one)"
    )


@contextlib.contextmanager
def whole_file(file: Path) -> Iterator[IO[bytes]]:
    """A file for its owner alone that takes its name when it is whole."""
    with tempfile.NamedTemporaryFile(dir=file.absolute().parent, prefix=f".{file.name}.", delete=False) as draft:
        try:
            yield draft
            draft.flush()
            os.fsync(draft.fileno())
            os.link(draft.name, file)
        finally:
            Path(draft.name).unlink()


account_option = click.option(
    "--account", metavar="ACCOUNT_ID", help="Whose; may be left out while there is one account."
)


def account_of(store: Store, account_id: str | None) -> str:
    """The account that an option names, else the only one. Raises CommandError."""
    known = sorted({each.account_id for each in accounts.list_keys(store)})
    if account_id is not None:
        if account_id not in known:
            raise CommandError(f"there is no account {account_id}: `adapter keys list` shows them")
        return account_id
    if len(known) != 1:
        raise CommandError("name the account with --account: `adapter keys list` shows them")
    return known[0]


def read_secret(what: str, file: str | None) -> str:
    """A secret from a file (`-` for standard input), else the environment, else a prompt or piped standard input.

    It is never an argument, which other users of the machine could read. Raises CommandError when it is empty.
    """
    if file not in {None, "-"}:
        secret = Path(str(file)).read_text(encoding="utf-8")
    elif file is None and os.environ.get(SECRET_VARIABLE):
        secret = os.environ[SECRET_VARIABLE]
    elif sys.stdin.isatty():
        secret = click.prompt(what, hide_input=True, err=True)
    else:
        secret = sys.stdin.readline()
    if not secret.strip():
        raise CommandError(
            f"{what}: nothing was given; it comes from --secret-file FILE, ${SECRET_VARIABLE}, standard input, "
            "or a terminal that can be asked"
        )
    return secret.strip()


secret_option = click.option(
    "--secret-file",
    metavar="FILE",
    help=f"File with the secret, - for standard input; else ${SECRET_VARIABLE}, else asked for.",
)


def read_password(file: str | None) -> str:
    """A password from a file, else asked for twice; never an argument, which other users of the machine could read."""
    if file == "-":
        return sys.stdin.readline().rstrip("\r\n")
    if file is not None:
        return Path(file).read_text(encoding="utf-8").strip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError(
            "there is no terminal to ask for the password: --password-file FILE names it, - standard input"
        )
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer


password_file_option = click.option(
    "--password-file", metavar="FILE", help="File with the password; `-` is standard input."
)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_list(head: Sequence[str], rows: Iterable[Sequence[object]], *, as_json: bool, empty: str = "") -> None:
    """Print rows as a table for people, or as a list of objects for programs; `empty` is what people see of no row."""
    if as_json:
        names = [each.lower().replace(" ", "_") for each in head]
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    shown = [[_shown(value) for value in row] for row in rows]
    click.echo(table(head, shown) if shown or not empty else empty)


def harmless(cell: str) -> str:
    """A text in a CSV that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell


def print_json(value: object) -> None:
    """Print a value for programs; amounts of money as text, since they are no fractions of two."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_shown))


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "-"
        case Decimal():
            return f"{value:.2f}"
        case list():
            return ", ".join(value)
    return str(value)


def moment(milliseconds: int) -> str:
    """A time in epoch milliseconds, as people and programs read it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as aligned columns for a terminal."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )
