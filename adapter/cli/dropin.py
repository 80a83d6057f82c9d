"""`adapter dropin`: all that is needed to stand in for Amazon's names inside a network, and the proof that it works."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import certifi
import click

from adapter.cli.certificates import CA_CERTIFICATE, CERTIFICATE, KEY, write_certificates
from adapter.cli.support import CommandError
from adapter.core.versions import NEWEST
from adapter.legacy.protocol.request import SERVICE

#: The names that clients and people have of Amazon; deploy/prepare has the same.
NAMES = (
    "mechanicalturk.amazonaws.com",
    "mechanicalturk.sandbox.amazonaws.com",
    "mturk-requester.us-east-1.amazonaws.com",
    "mturk-requester-sandbox.us-east-1.amazonaws.com",
    "mturk.com",
    "www.mturk.com",
    "requester.mturk.com",
    "requestersandbox.mturk.com",
    "worker.mturk.com",
    "workersandbox.mturk.com",
)
BUNDLE, HOSTS, CLIENTS = "bundle.pem", "hosts", "clients.md"
DNSMASQ, UNBOUND, NGINX = "dnsmasq.conf", "unbound.conf", "nginx.conf"
TIMEOUT_SECONDS = 10

#: What tells a program to trust the authority: {ca} adds to what it trusts, {bundle} takes its place and holds both.
_CLIENTS = """\
# Letting clients trust {ca}

Each line is for the machine of the client, with the files copied there. Where a whole system can be told, that is enough for most.

| Client | What to do |
| --- | --- |
| Debian, Ubuntu | `cp {ca} /usr/local/share/ca-certificates/mturk-adapter.crt && update-ca-certificates` |
| Red Hat, Fedora | `cp {ca} /etc/pki/ca-trust/source/anchors/mturk-adapter.pem && update-ca-trust` |
| macOS | `security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {ca}` |
| Windows, .NET | `certutil -addstore Root {ca}` |
| Mono | `cert-sync {ca}` |
| Java from 9 | `keytool -importcert -noprompt -alias mturk-adapter -file {ca} -cacerts -storepass changeit` |
| Java to 8 | the same with `-keystore "$JAVA_HOME/jre/lib/security/cacerts"` in place of `-cacerts` |
| boto 2 | in `/etc/boto.cfg` or `~/.boto`: `[Boto]` and `ca_certificates_file = {bundle}` |
| boto3, AWS CLI | `AWS_CA_BUNDLE={bundle}` |
| Python: requests | `REQUESTS_CA_BUNDLE={bundle}` |
| Python: urllib, from 2.7.9 | `SSL_CERT_FILE={bundle}` |
| Ruby | `SSL_CERT_FILE={bundle}` |
| Perl: LWP | `PERL_LWP_SSL_CA_FILE={bundle}`; before version 6 `HTTPS_CA_FILE={bundle}` |
| PHP | in `php.ini`: `curl.cainfo = {bundle}` and `openssl.cafile = {bundle}` |
| R: RCurl | `options(RCurlOptions = list(cainfo = "{bundle}"))` |
| R: curl, httr | `CURL_CA_BUNDLE={bundle}` |
| Node | `NODE_EXTRA_CA_CERTS={ca}` |
| Go, curl | `SSL_CERT_FILE={bundle}`, `CURL_CA_BUNDLE={bundle}` |

The proof without this program: `curl --cacert {ca} 'https://mechanicalturk.amazonaws.com/?Operation=Help&Version=2014-08-15'`
answers with XML. Clients that know only TLS 1.0 need the two lines in nginx.conf that are commented out.
"""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--address", metavar="IP", help="Where the old names shall lead: the address of the proxy.")
@click.option(
    "--gateway",
    default="127.0.0.1:8000",
    show_default=True,
    metavar="HOST:PORT",
    help="Where `adapter serve` listens, for the proxy.",
)
@click.option(
    "--nginx",
    default="deploy/nginx.conf",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The configuration to start from.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Prove it from this machine, with the authority in FOLDER; exits with 1 when something is wrong.",
)
@click.option("--connect", metavar="HOST[:PORT]", help="With --check: connect there, before the names lead there.")
@click.pass_context
def dropin(
    context: click.Context,
    folder: Path,
    address: str | None,
    gateway: str,
    nginx: Path,
    check: bool,
    connect: str | None,
) -> None:
    """Write to FOLDER what is needed to stand in for Amazon's names inside a network.

    A certificate authority, a certificate by it, a configuration of nginx, lines for name servers and hosts files, and what
    lets each kind of client trust the authority. Run again, it renews the certificate and keeps the authority.
    """
    if check:
        wrong = False
        for name in NAMES:
            problem = _problem(folder / CA_CERTIFICATE, name, connect)
            click.echo(f"{'WRONG' if problem else 'ok   '}  {name}{': ' if problem else ''}{problem}")
            wrong = wrong or bool(problem)
        context.exit(int(wrong))
    try:
        address = str(ipaddress.ip_address(address or ""))
    except ValueError:
        raise CommandError("--address names the proxy by its IP address, such as 192.0.2.10") from None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    configured = _nginx(nginx, folder.absolute(), gateway)
    is_new = write_certificates(folder, NAMES, address)
    for file, text in [*_files(folder.absolute(), address), (NGINX, configured)]:
        (folder / file).write_text(text, encoding="utf-8")
        click.echo(f"wrote {folder / file}")
    click.echo(
        f"wrote {folder / CERTIFICATE}, {'with a new authority' if is_new else 'by the authority that was there'}"
    )
    click.echo(
        f"next: nginx -c {folder.absolute() / NGINX}; then `adapter dropin {folder} --check --connect {address}`"
    )


def _files(folder: Path, address: str) -> Iterator[tuple[str, str]]:
    ca = (folder / CA_CERTIFICATE).read_text()
    yield BUNDLE, Path(certifi.where()).read_text(encoding="utf-8").rstrip() + "\n" + ca
    yield HOSTS, "".join(f"{address}  {name}\n" for name in NAMES)
    yield DNSMASQ, "".join(f"address=/{name}/{address}\n" for name in NAMES)
    kind = "AAAA" if ":" in address else "A"
    zones = "".join(f'  local-zone: "{name}." redirect\n  local-data: "{name}. {kind} {address}"\n' for name in NAMES)
    yield UNBOUND, "server:\n" + zones
    yield CLIENTS, _CLIENTS.format(ca=folder / CA_CERTIFICATE, bundle=folder / BUNDLE)


def _nginx(source: Path, folder: Path, gateway: str) -> str:
    """The project's configuration of nginx, with the addresses and files of this place."""
    try:
        text = source.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(
            f"{source}: {error.strerror}; --nginx names deploy/nginx.conf of the source distribution"
        ) from error
    for old, new in {
        "server gateway:8000 resolve;": f"server {gateway};",
        "    # A gateway that was made anew has another address. This is the name server of a composition's network.\n": "",
        "    resolver 127.0.0.11 valid=5s;\n": "",
        "/run/secrets/tls_certificate;": f"{folder / CERTIFICATE};",
        "/run/secrets/tls_key;": f"{folder / KEY};",
        "pid /tmp/": "pid /run/mturk-adapter-",
    }.items():
        if old not in text:
            raise CommandError(
                f"{source} does not hold {old.strip()!r}; --nginx names deploy/nginx.conf of this version"
            )
        text = text.replace(old, new)
    return text


def _problem(authority: Path, name: str, connect: str | None) -> str:
    """What is wrong with a name as a client sees it: where it leads, the certificate, the answer; empty when nothing is."""
    place = urlsplit(f"//{connect or name}")
    try:
        context = ssl.create_default_context(cafile=str(authority))
    except FileNotFoundError as error:
        raise CommandError(f"there is no {authority}; `adapter dropin` without --check makes it") from error
    connection = HTTPSConnection(name, timeout=TIMEOUT_SECONDS)
    try:
        plain = socket.create_connection((place.hostname, place.port or 443), TIMEOUT_SECONDS)
        connection.sock = context.wrap_socket(plain, server_hostname=name)
        # a GET under a name of the worker site is a person's
        connection.request("POST", "/", urlencode({"Service": SERVICE, "Operation": "Help", "Version": NEWEST}))
        answer = connection.getresponse()
        # nginx's own answers have no such header
        if answer.getheader("x-amzn-RequestId") and b"OperationRequest" in answer.read(100_000):
            return ""
    except socket.gaierror:
        return f"the name leads nowhere; {HOSTS} has the lines for /etc/hosts, {DNSMASQ} and {UNBOUND} those for name servers"
    except ssl.SSLCertVerificationError as error:
        return f"the certificate is not the one made here ({error.verify_message}); does the name lead to the proxy?"
    except (OSError, HTTPException) as error:
        return f"no answer: {error}"
    finally:
        connection.close()
    return f"the proxy answers, but no gateway behind it (HTTP status {answer.status}); does `adapter serve` run?"


COMMANDS = (dropin,)
