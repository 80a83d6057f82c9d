"""Fixtures that run the real thing: `adapter serve` as a process of its own, and nginx with TLS in front of it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests import processes

ROOT = Path(__file__).parent.parent
ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NAMES = (
    "localhost",
    "mechanicalturk.amazonaws.com",
    "mechanicalturk.sandbox.amazonaws.com",
    "mturk-requester.us-east-1.amazonaws.com",
    "worker.mturk.com",
)


@dataclass
class Live:
    """A running server. `ca` is the certificate to trust when it speaks TLS."""

    port: int
    data: Path
    log: Path
    process: processes.Running | subprocess.Popen
    secure: bool = False
    ca: Path | None = None
    access_key_id: str = ACCESS_KEY_ID
    secret_access_key: str = field(default=SECRET_ACCESS_KEY, repr=False)
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"

    def stop(self, number=signal.SIGTERM, seconds=20):
        """End the process; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**settings) -> dict[str, str]:
    """This process's environment with no setting of ours but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ADAPTER_")}
    kept["PYTHONPATH"] = str(ROOT)
    return kept | {f"ADAPTER_{name.upper()}": str(value) for name, value in settings.items()}


def start_server(folder: Path, command=("-m", "adapter.cli", "serve"), **settings) -> Live:
    """Start a server with its data in this folder and wait until it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "port": free_port(),
        "data": folder / "data",
        "root_access_key_id": ACCESS_KEY_ID,
        "root_secret_access_key": SECRET_ACCESS_KEY,
        "workers": 2,
        "threads": 8,
        "sqlite_synchronous": "NORMAL",
        **settings,
    }
    log = folder / "server.log"
    process = processes.start(command, cwd=folder, env=environment(**settings), stdout=log)
    live = Live(settings["port"], Path(settings["data"]), log, process)
    wait_until_ready(live)
    return live


def wait_until_ready(live: Live, path="/readyz", seconds=90):
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if live.process.poll() is not None:
            pytest.fail(f"the server ended with {live.process.returncode}:\n{live.log.read_text()[-4000:]}")
        try:
            if requests.get(live.url + path, timeout=5, verify=str(live.ca or True)).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    live.stop()
    pytest.fail(f"the server was not ready in {seconds} seconds:\n{live.log.read_text()[-4000:]}")


@pytest.fixture
def server(tmp_path):
    """Starts servers: `server(threads=2)`; they end with the test."""
    started = []

    def start(command=("-m", "adapter.cli", "serve"), name="server", **settings):
        started.append(start_server(tmp_path / name, command, **settings))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def live(tmp_path_factory):
    """A running `adapter serve` with a known key pair, shared by the whole session."""
    running = start_server(tmp_path_factory.mktemp("live"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def proxied(tmp_path_factory):
    """The same behind deploy/nginx.conf, with TLS; `proxied.ca` is the certificate to trust."""
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed here")
    folder = tmp_path_factory.mktemp("proxied")
    behind = start_server(folder / "gateway", trusted_proxies=1)
    front = start_nginx(nginx, folder / "nginx", behind.port)
    yield front
    front.stop(signal.SIGQUIT)
    behind.stop()


def start_nginx(nginx: str, folder: Path, *upstream_ports: int) -> Live:
    """nginx as deploy/nginx.conf has it, only with other addresses and files."""
    folder.mkdir()
    ca = certificate(folder)
    port, plain = free_port(), free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in {
        # the nginx of a distribution may be too old for it
        "server gateway:8000 resolve;": "".join(f"server 127.0.0.1:{each};" for each in upstream_ports),
        "  listen 80;": f"  listen 127.0.0.1:{plain};",
        "  listen 443 ssl;": f"  listen 127.0.0.1:{port} ssl;",
        "/run/secrets/": f"{folder}/",
        "/tmp/nginx.pid": f"{folder}/pid",  # noqa: S108
        "/dev/stderr": f"{folder}/error.log",
        "/dev/stdout": f"{folder}/access.log",
        "worker_processes auto;": "worker_processes 1; daemon off;" + (" user root;" if os.getuid() == 0 else ""),
    }.items():
        assert old in text, f"deploy/nginx.conf no longer holds {old!r}"
        text = text.replace(old, new)
    temporary = "".join(
        f"    {each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = re.sub(r"http \{\n", "http {\n" + temporary, text, count=1)
    configuration = folder / "nginx.conf"
    configuration.write_text(text)
    log = folder / "nginx.log"
    with log.open("wb") as output:
        process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(configuration)], stdout=output, stderr=output)
    front = Live(port, folder, log, process, secure=True, ca=ca)
    wait_until_ready(front, "/healthz")
    return front


def start_haproxy(folder: Path, upstream_port: int) -> Live:
    """HAProxy as deploy/haproxy.cfg has it, only with other addresses and files; skips the test where there is none."""
    haproxy = shutil.which("haproxy")
    if haproxy is None:
        pytest.skip("haproxy is not installed here")
    folder.mkdir()
    ca = certificate(folder)
    (folder / "tls_both").write_bytes(ca.read_bytes() + (folder / "tls_key").read_bytes())
    port = free_port()
    text = (ROOT / "deploy" / "haproxy.cfg").read_text()
    for old, new in {
        "gateway:8000": f"127.0.0.1:{upstream_port}",
        "bind :80\n": f"bind 127.0.0.1:{free_port()}\n",
        "bind :443 ssl": f"bind 127.0.0.1:{port} ssl",
        "/run/secrets/": f"{folder}/",
    }.items():
        assert old in text, f"deploy/haproxy.cfg no longer holds {old!r}"
        text = text.replace(old, new)
    configuration = folder / "haproxy.cfg"
    configuration.write_text(text)
    log = folder / "haproxy.log"
    with log.open("wb") as output:
        process = subprocess.Popen([haproxy, "-db", "-f", str(configuration)], stdout=output, stderr=output)
    front = Live(port, folder, log, process, secure=True, ca=ca)
    wait_until_ready(front, "/healthz")
    return front


def certificate(folder: Path) -> Path:
    """A self-signed certificate and its key, as the files that deploy/nginx.conf names; returns the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test of the legacy adapter")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName(each) for each in NAMES] + [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "tls_certificate"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "tls_key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def ask(live: Live, *parts: bytes, pause=0.0, half_close=False, seconds=20.0) -> bytes:
    """Send raw bytes to a plain server and read until it closes the connection or falls silent after an answer."""
    received = b""
    with socket.create_connection((live.host, live.port), 5) as client:
        client.settimeout(seconds)
        try:
            for part in parts:
                client.sendall(part)
                time.sleep(pause)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            while piece := client.recv(65536):
                received += piece
                if b"\r\n\r\n" in received and b"Connection: close" not in received:
                    client.settimeout(0.7)
        except (TimeoutError, ConnectionError):
            pass
    return received
