"""`adapter explain`: what a legacy call says, whether its signature holds, and what the gateway makes of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from textwrap import indent
from typing import IO, Any

import click

from adapter.cli.support import (
    SECRET_VARIABLE,
    CommandError,
    existing_store,
    json_option,
    print_json,
    read_secret,
    settings_in_force,
)
from adapter.legacy.explain.explanation import ExplainedRequest, Explanation, GatewayRefusal, Signing, explain
from adapter.legacy.explain.pasted import LONGEST, NothingFoundError
from adapter.marketplace.model import path as model_path


@click.command("explain")
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"), default="-")
@click.option(
    "--secret-file",
    metavar="FILE",
    help=f"File with the secret to check the signature with; else ${SECRET_VARIABLE}, else the key is looked up here.",
)
@json_option
@click.pass_context
def explain_command(context: click.Context, file: IO[str], secret_file: str | None, as_json: bool) -> None:
    """Explain a legacy call: an address, a form's body, an HTTP request, a SOAP message, a curl command, or a line of a log.

    It is read from FILE or from standard input. Nothing is sent, and nothing is written. Exits with 1 when the gateway would
    refuse the call.
    """
    if secret_file == "-" and file.name == "<stdin>":  # noqa: S105 (standard input)
        raise CommandError(
            "--secret-file -: the call itself comes from standard input; let one of them come from a file"
        )
    if file.name == "<stdin>" and sys.stdin.isatty():
        click.echo("Paste the call, then press Ctrl-D:", err=True)
    text = file.read(LONGEST + 1)
    secret = read_secret("Secret access key", secret_file) if secret_file or os.environ.get(SECRET_VARIABLE) else ""
    try:
        found = _explain(text, secret)
    except NothingFoundError as error:
        raise CommandError(str(error)) from error
    if as_json:
        print_json(found.as_object())
    else:
        click.echo("\n".join(_lines(found)))
    context.exit(1 if found.refusals or any(each.refusal for each in found.requests) else 0)


def _explain(text: str, secret: str) -> Explanation:
    settings = settings_in_force()
    if not settings.home.database_url and not settings.home.data.exists():
        # on the machine of whoever looks after the client there need be nothing of the service
        return explain(text, settings, model_path(), secret=secret)
    with existing_store(settings) as store:
        return explain(text, settings, model_path(), store=store, secret=secret)


def _lines(found: Explanation) -> Iterator[str]:
    yield f"Found: {found.form}."
    yield from found.notes
    if found.operation:
        yield f"{found.operation}, version {found.version}, over {found.protocol}. {found.does}".rstrip() + "."
    if found.made_of:
        yield f"Modern calls it is made of: {found.made_of}."
    if found.validate:
        yield "Validate is set: the gateway checks the members and does nothing."
    if found.signing:
        yield from _signing(found.signing)
    for each in found.refusals:
        yield f"\nThe gateway refuses it: {_error(each)}"
    for number, request in enumerate(found.requests, 1):
        yield f"\nRequest {number} of {len(found.requests)}" if len(found.requests) > 1 else ""
        yield from _request(request)
    if found.differences:
        yield "\nKnown to be different from the old service (docs/compatibility.md):"
        for known in found.differences:
            yield f"  {known['member'] + ': ' if known['member'] else ''}{known['says']} ({known['heading']})"


def _signing(signing: Signing) -> Iterator[str]:
    yield "\nSignature"
    yield f"  key        {signing.access_key_id or '(none)'}: {signing.key}"
    yield f"  time       {signing.timestamp or '(none)'}{': ' + signing.time if signing.time else ''}"
    yield f"  signed     {json.dumps(signing.text, ensure_ascii=False)}"
    yield f"  sent       {signing.given or '(none)'}"
    if signing.matches is not None:
        yield f"  it {'matches' if signing.matches else 'does not match'}"
    if signing.matches is False and not signing.mistakes:
        yield "  No known mistake explains it: most likely the secret is another one, or the call was changed after it was signed."
    for each in signing.mistakes:
        yield f"  {each}."


def _request(request: ExplainedRequest) -> Iterator[str]:
    yield "Members"
    if not request.members:
        yield "  (none)"
    for each in request.members:
        if each.refusal:
            yield f"  {each.name}: {_error(each.refusal)}"
        else:
            yield f"  {each.name}: {_value(each.value)}{'' if each.given else '  (by default)'}"
    for name, meant in request.passed_over.items():
        yield f"  {name} is no member and is ignored" + (f"; {meant} was probably meant" if meant else "")
    if request.refusal:
        yield f"\nThe gateway refuses it: {_error(request.refusal)}"
    if request.calls:
        yield "\nModern calls"
        for call in request.calls:
            yield f"  {call.operation} {_value(call.json)}"
    if request.depends_on:
        yield f"  Nothing was sent, so what the gateway does with the answer of {request.depends_on} is not shown."
    if request.code:
        yield "\nThe same with boto3"
        yield indent(request.code.rstrip(), "  ")


def _error(refusal: GatewayRefusal) -> str:
    return f"{refusal.code}: {refusal.message}"


def _value(value: Any) -> str:
    if not isinstance(value, (dict, list)):
        return str(value)
    return indent(json.dumps(value, indent=2, ensure_ascii=False), "  ").lstrip()


COMMANDS = (explain_command,)
