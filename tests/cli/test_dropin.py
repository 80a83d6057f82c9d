"""`adapter dropin` makes a proxy that clients take for Amazon once they trust its authority, and its check says what is wrong."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from cryptography import x509

from adapter.cli.certificates import write_certificates
from adapter.cli.dropin import NAMES
from tests import processes
from tests.fixtures_live import ROOT, Live, environment, free_port, wait_until_ready

NAME = "mechanicalturk.amazonaws.com"


def adapter(*arguments):
    return processes.run("-m", "adapter.cli", "dropin", *map(str, arguments), cwd=ROOT, env=environment())


def write(folder, gateway="127.0.0.1:8000"):
    done = adapter(folder, "--address", "192.0.2.10", "--gateway", gateway, "--nginx", ROOT / "deploy" / "nginx.conf")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def proxy(server, tmp_path):
    """nginx as `adapter dropin` configured it, only on other ports, before a running server."""
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed here")
    behind = server(trusted_proxies=1, workers=1)
    folder = write(tmp_path / "dropin", f"127.0.0.1:{behind.port}")
    port = free_port()
    text = (folder / "nginx.conf").read_text()
    places = "".join(
        f"    {each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    for old, new in {
        "http {\n": "http {\n" + places,
        "  listen 80;": f"  listen 127.0.0.1:{free_port()};",
        "  listen 443 ssl;": f"  listen 127.0.0.1:{port} ssl;",
        "pid /run/mturk-adapter-nginx.pid;": f"pid {folder}/pid;",
        "worker_processes auto;": "worker_processes 1; daemon off;" + (" user root;" if os.getuid() == 0 else ""),
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "test.conf").write_text(text)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "test.conf")], stdout=log, stderr=log)
    running = Live(port, folder, folder / "log", process, secure=True, ca=folder / "ca.pem")
    running.behind = behind
    wait_until_ready(running, "/healthz")
    yield running
    running.stop(signal.SIGQUIT)


def test_the_check_proves_every_name_and_tells_a_wrong_authority_and_a_missing_gateway(proxy, tmp_path):
    place = ("--check", "--connect", f"127.0.0.1:{proxy.port}")
    good = adapter(proxy.data, *place)
    assert (good.returncode, good.stdout) == (0, "".join(f"ok     {name}\n" for name in NAMES))
    other = adapter(write(tmp_path / "other"), *place)
    assert other.returncode == 1
    assert other.stdout.count("the certificate is not the one made here") == len(NAMES)
    proxy.behind.stop()
    alone = adapter(proxy.data, *place)
    assert alone.returncode == 1
    assert alone.stdout.count("no gateway behind it") == len(NAMES)
    none = adapter(proxy.data, "--check", "--connect", f"127.0.0.1:{free_port()}")
    assert (none.returncode, none.stdout.count("no answer: ")) == (1, len(NAMES))


PYTHON = (
    "import socket, ssl, sys; ssl.create_default_context().wrap_socket("
    f"socket.create_connection(('127.0.0.1', int(sys.argv[1]))), server_hostname='{NAME}')"
)
NODE = (
    f"require('tls').connect({{host: '127.0.0.1', port: +process.argv[1], servername: '{NAME}'}}, () => process.exit(0))"
    ".on('error', () => process.exit(1))"
)
RUBY = (
    "require 'openssl'; require 'socket'; context = OpenSSL::SSL::SSLContext.new; context.set_params; "
    "secured = OpenSSL::SSL::SSLSocket.new(TCPSocket.new('127.0.0.1', ARGV[0].to_i), context); "
    f"secured.hostname = '{NAME}'; secured.connect; secured.post_connection_check('{NAME}')"
)


@pytest.mark.parametrize(
    ("program", "arguments", "variable", "file"),
    [
        ("curl", ["-sSf", f"https://{NAME}/healthz", "--connect-to"], "CURL_CA_BUNDLE", "bundle.pem"),
        (sys.executable, ["-c", PYTHON], "SSL_CERT_FILE", "bundle.pem"),
        ("node", ["-e", NODE], "NODE_EXTRA_CA_CERTS", "ca.pem"),
        ("ruby", ["-e", RUBY], "SSL_CERT_FILE", "bundle.pem"),
    ],
    ids=["curl", "python", "node", "ruby"],
)
def test_a_client_trusts_the_proxy_by_the_line_that_is_written_for_it(proxy, program, arguments, variable, file):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    place = f"::127.0.0.1:{proxy.port}" if program == "curl" else str(proxy.port)
    line = f"{variable}={proxy.data / file}"
    assert f"`{line}`" in (proxy.data / "clients.md").read_text()
    for variables, trusted in (({}, False), (dict([line.split("=")]), True)):
        done = subprocess.run(
            [program, *arguments, place], env=environment() | variables, capture_output=True, timeout=60, check=False
        )
        assert (done.returncode == 0) is trusted, done.stderr


def test_run_again_it_renews_the_certificate_and_keeps_the_authority(tmp_path):
    folder = write(tmp_path / "dropin")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write(folder)
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"tls_certificate", "tls_key"}
    for name in ("ca.key", "tls_key"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_the_names_are_those_of_the_certificate_of_the_composition_in_every_file(tmp_path):
    folder = write(tmp_path / "dropin")
    prepared = re.search(r"amazon=\(\n(.*?)\)", (ROOT / "deploy" / "prepare").read_text(), re.DOTALL)[1].split()
    assert list(NAMES) == prepared
    certificate = x509.load_pem_x509_certificate((folder / "tls_certificate").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == prepared
    for name in prepared:
        assert f"192.0.2.10  {name}\n" in (folder / "hosts").read_text()
        assert f"address=/{name}/192.0.2.10\n" in (folder / "dnsmasq.conf").read_text()
        assert f'local-data: "{name}. A 192.0.2.10"\n' in (folder / "unbound.conf").read_text()


def test_the_authority_can_vouch_for_no_other_name(tmp_path):
    folder = write(tmp_path / "dropin")
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    bounds = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    assert [each.value for each in bounds.permitted_subtrees] == list(NAMES)


def test_a_certificate_by_an_older_authority_is_for_the_names_alone_that_it_may_vouch_for(tmp_path):
    write_certificates(tmp_path, NAMES[:3], "192.0.2.10")
    assert not write_certificates(tmp_path, NAMES, "192.0.2.10")
    certificate = x509.load_pem_x509_certificate((tmp_path / "tls_certificate").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == list(NAMES[:3])


def test_what_cannot_be_done_is_said(tmp_path):
    for arguments, said in (
        ([tmp_path / "x"], "--address names the proxy by its IP address"),
        ([tmp_path / "x", "--check"], "there is no"),
        ([tmp_path / "x", "--address", "192.0.2.10", "--nginx", tmp_path / "none"], "source distribution"),
    ):
        done = adapter(*arguments)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not list((tmp_path / "x").glob("*"))
