"""`adapter wsdl`: the description of the SOAP side of a version, for toolkits that want a file."""

from __future__ import annotations

import click

from adapter.cli.support import CommandError
from adapter.core.versions import NEWEST, VERSIONS


@click.command()
@click.argument("version", default=NEWEST)
@click.option(
    "--address",
    metavar="URL",
    default="https://mechanicalturk.amazonaws.com/?Service=AWSMechanicalTurkRequester",
    show_default=True,
    help="Where clients made from it will call.",
)
@click.option("--schema", is_flag=True, help="Print the message schema alone.")
def wsdl(version: str, address: str, schema: bool) -> None:
    """Print the WSDL of VERSION, the newest where it is left out."""
    from adapter.legacy.operations import registry  # noqa: PLC0415 (the other commands need not wait for them)
    from adapter.legacy.protocol.wsdl import xsd  # noqa: PLC0415
    from adapter.pages import schemas  # noqa: PLC0415 (the other commands need not wait for them)

    if version not in VERSIONS:
        raise CommandError(f"{version} is no version of the API; known are {', '.join(VERSIONS)}")
    registry.load()
    click.echo(xsd(version) if schema else schemas.requester_wsdl(version, address), nl=False)


COMMANDS = (wsdl,)
