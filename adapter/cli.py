"""The command line: `adapter COMMAND`; every module of adapter.commands adds its own."""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import sys

import click
import requests
from sqlalchemy.exc import SQLAlchemyError

from adapter import __version__, commands
from adapter.commands.support import CommandError
from adapter.settings import SettingsError
from adapter.store.accounts import AccountError

#: What a user can cause and mend; one line says it all.
EXPECTED = (CommandError, SettingsError, AccountError, OSError, requests.RequestException, SQLAlchemyError)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="adapter")
def cli() -> None:
    """Keep old Amazon Mechanical Turk requester integrations alive.

    Settings come from ADAPTER_… variables and the file that ADAPTER_SETTINGS_FILE names; `adapter settings` shows them.
    """


for _module in pkgutil.iter_modules(commands.__path__):
    for _command in getattr(importlib.import_module(f"{commands.__name__}.{_module.name}"), "COMMANDS", ()):
        cli.add_command(_command)


def main() -> None:
    """Run the command of sys.argv; exits with 2 and one line on standard error when it cannot be done."""
    # what no line shows need not be found out for each; gunicorn's lines show the process
    logging.logThreads = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 - how logging's documentation says to spare the look at the caller
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("adapter: stopped", err=True)
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except EXPECTED as error:
        code = _fail(error)
    except Exception as error:  # noqa: BLE001 (no stack trace for a user)
        code = _fail(error)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(error: Exception) -> int:
    logging.getLogger("adapter.cli").debug("failed", exc_info=error)
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines() or [""]
    name = "" if isinstance(error, EXPECTED) else f"{type(error).__name__}: "
    click.echo(f"adapter: {name}{lines[0]}", err=True)
    return 2


if __name__ == "__main__":
    main()
