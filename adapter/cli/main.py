"""The command line: `adapter COMMAND`; a command's module is imported when the command is run."""

from __future__ import annotations

import importlib
import logging
import os
import sys

import click

from adapter import __version__

#: Every command: its module in this package and its line of help, so that `adapter --help` need not import them all.
COMMANDS = {
    "backup": ("backup", "Copy database, uploaded files and encryption key into one file, while the server runs."),
    "call": ("call", "Send one signed legacy call and show the answer."),
    "completion": ("completion", "Print what makes a shell complete these commands."),
    "doctor": ("doctor", "Check this installation, one line each; exits with 1 when something is wrong."),
    "dropin": ("dropin", "Write what is needed to stand in for the old names in a network, and prove that it works."),
    "erase": ("personal_data", "Forget a worker: what says who it was goes, work and money stay under a pseudonym."),
    "explain": ("explain", "Say what a legacy call means, why its signature fails, and the same with boto3."),
    "export": ("personal_data", "Write all that is kept about an account or a worker to a file."),
    "funds": ("funds", "Show, deposit and withdraw the money of an account, and print its statement."),
    "keys": ("keys", "Make, import, list, disable and enable access keys."),
    "layouts": ("layouts", "Register and show HIT layouts."),
    "migrate": ("doctor", "Bring the database to the newest schema; `adapter serve` does so too."),
    "notifications": ("notifications", "See what became of notifications, and send again what failed."),
    "operations": ("tables", "List the legacy operations and the modern calls that each is made of."),
    "people": ("people", "Let people sign in to the console, and set their passwords."),
    "report": ("report", "Show what old clients use: operations, members, programs, errors, known differences."),
    "restore": ("backup", "Put back what `adapter backup` wrote, into an empty place."),
    "scheduler": ("server", "Do what is due without a caller; `adapter serve` runs one beside it."),
    "serve": ("server", "Migrate the database, then serve until told to stop."),
    "settings": ("tables", "List the settings and the values in force."),
    "simulate": ("simulate", "Let scripted workers use the embedded marketplace."),
    "workers": ("workers", "Make, list and change workers, note what they were paid, and read what they wrote."),
    "wsdl": ("wsdl", "Print the WSDL of a version."),
}
#: Who needs them, in the order of `adapter --help`; what stands in none of these is in the last one.
GROUPS = {
    "Run the service": (
        "serve",
        "scheduler",
        "migrate",
        "settings",
        "doctor",
        "people",
        "report",
        "backup",
        "restore",
        "dropin",
    ),
    "Look after requesters and workers": ("keys", "funds", "layouts", "notifications", "workers", "export", "erase"),
    "Try an old client, or write one": ("call", "explain", "operations", "simulate", "wsdl"),
}

#: What the command ends with, so that scripts can tell.
_EXIT_CODES = (
    ("0", "It was done."),
    (
        "1",
        "It was done, but what was found is not good: `call` or `explain` met an error, `doctor` or `dropin --check` a fault.",
    ),
    ("2", "It cannot be done; a line on standard error says why, and what to do."),
    ("3, 4", "`serve` gave up, as its processes do not start; the log says why."),
    ("130", "It was interrupted."),
)


class Commands(click.Group):
    """The commands of COMMANDS, each imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (the parent's)
        """Their names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (the parent's)
        """One of them, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"adapter.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = next(each for each in module.COMMANDS if each.name == cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The lists that `adapter --help` ends with."""
        others = COMMANDS.keys() - {name for names in GROUPS.values() for name in names}
        for title, names in {**GROUPS, "More": sorted(others)}.items():
            with formatter.section(title):
                formatter.write_dl([(name, COMMANDS[name][1]) for name in names])
        with formatter.section("Exit codes"):
            formatter.write_dl(_EXIT_CODES)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="adapter")
@click.option("--sandbox", is_flag=True, help="Let the command look into the sandbox instead of production.")
def cli(sandbox: bool) -> None:
    """Keep old Amazon Mechanical Turk requester integrations alive.

    Settings come from ADAPTER_… variables and the file that ADAPTER_SETTINGS_FILE names; `adapter settings` shows them.
    """


def main() -> None:
    """Run the command of sys.argv; exits with 2 and one line on standard error when it cannot be done."""
    # whatever is written, the database and uploads above all, is for this user only
    os.umask(0o077)
    # what no line shows need not be found out for each; gunicorn's lines show the process
    logging.logThreads = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 - how logging's documentation says to spare the look at the caller
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    try:
        code = cli(prog_name="adapter", standalone_mode=False)
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
    except Exception as error:  # noqa: BLE001 (no stack trace for a user)
        code = _fail(error)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(error: Exception) -> int:
    logging.getLogger("adapter.cli").debug("failed", exc_info=error)
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines() or [""]
    name = "" if isinstance(error, _expected()) else f"{type(error).__name__}: "
    click.echo(f"adapter: {name}{lines[0]}", err=True)
    return 2


def _expected() -> tuple[type[Exception], ...]:
    """What a user can cause and mend; one line says it all."""
    import requests  # noqa: PLC0415 (only after a failure)

    from adapter.cli.support import CommandError  # noqa: PLC0415
    from adapter.core.database import DatabaseError  # noqa: PLC0415
    from adapter.core.settings import SettingsError  # noqa: PLC0415
    from adapter.core.store.accounts import AccountError  # noqa: PLC0415

    return (CommandError, SettingsError, AccountError, OSError, requests.RequestException, DatabaseError)
