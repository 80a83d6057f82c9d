"""What several commands need: settings with logging, the migrated store, secrets from where they may come from."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from adapter.core.database import Store, open_store
from adapter.core.settings import Settings, SettingsError, load, unknown
from adapter.core.worlds import sandbox_of

LOG = logging.getLogger("adapter.settings")

#: Where commands look for a secret before they ask for it.
SECRET_VARIABLE = "ADAPTER_SECRET_ACCESS_KEY"  # noqa: S105 (the name of a variable, not a secret)


class CommandError(Exception):
    """A command cannot do what it was asked; the message is for the user."""


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
    return settings


def warn_of_unknown() -> None:
    """Log a warning for each variable that looks like a setting and is none."""
    for sentence in unknown():
        LOG.warning("%s; it has no effect", sentence)


@contextlib.contextmanager
def migrated_store(settings: Settings) -> Iterator[Store]:
    """The store with the newest schema; its connections are closed at the end, before anything forks."""
    store = open_store(settings)
    try:
        store.migrate()
        yield store
    finally:
        store.close()


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
        raise CommandError(f"{what}: nothing was given")
    return secret.strip()


secret_option = click.option(
    "--secret-file",
    metavar="FILE",
    help=f"File with the secret, - for standard input; else ${SECRET_VARIABLE}, else asked for.",
)


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
