"""deploy/pgbouncer.ini in a real PgBouncer: servers that share a few connections in transaction mode lose and mix up nothing."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import make_url

from tests.fixtures_live import ROOT, free_port
from tests.legacy_client import Client, through_http

#: To PostgreSQL, for two servers with 32 threads and as many callers.
CONNECTIONS = 3
ROUNDS = 4


@pytest.fixture
def pooled_url(postgresql_url, tmp_path):
    """The URL of a new database by way of PgBouncer, as deploy/pgbouncer.ini has it with other addresses and a small pool."""
    pgbouncer = shutil.which("pgbouncer")
    if pgbouncer is None:
        pytest.skip("pgbouncer is not installed here")
    url, port = make_url(postgresql_url), free_port()
    text = (ROOT / "deploy" / "pgbouncer.ini").read_text()
    for old, new in {
        "adapter = host=postgresql port=5432 dbname=adapter": f"{url.database} = host={url.query['host']} user={url.username}",
        "listen_addr = 0.0.0.0": "listen_addr = 127.0.0.1",
        "listen_port = 6432": f"listen_port = {port}",
        # who may connect is not what is tested
        "auth_type = scram-sha-256": "auth_type = any",
        "auth_file = /etc/pgbouncer/userlist.txt\n": "unix_socket_dir =\n",
        "default_pool_size = 32": f"default_pool_size = {CONNECTIONS}",
    }.items():
        assert old in text
        text = text.replace(old, new)
    configuration = tmp_path / "pgbouncer.ini"
    configuration.write_text(text)
    # it refuses to be root, and PostgreSQL's own user alone reaches its socket
    owner = Path(url.query["host"]).owner()
    started = subprocess.Popen([pgbouncer, "--quiet", f"--user={owner}", str(configuration)])
    yield f"postgresql+psycopg://127.0.0.1:{port}/{url.database}"
    started.terminate()
    started.wait()


def test_servers_behind_a_pooler_keep_every_call_apart(server, pooled_url):
    given = {"database_url": pooled_url, "database_pooler": True, "encryption_key": Fernet.generate_key().decode()}
    servers = [server(name=name, threads=16, workers=1, **given) for name in "ab"]

    def use(number):
        """A requester's day: in production for odd numbers, in the sandbox for even ones; returns what it left."""
        live = servers[number // 2 % 2]
        send = through_http(live.url)
        host = {"Host": "localhost" if number % 2 else "sandbox.localhost"}
        client = Client(live, lambda *call: send(*call[:-1], call[-1] | host))
        found = []
        for round_ in range(ROUNDS):
            title = f"{number} {round_}"
            hit_id = client.hit(Title=title, RequesterAnnotation=title)
            client.call(
                "ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement=1 + number % 5, ExpirationIncrementInSeconds=3600
            )
            hit = client.call("GetHIT", HITId=hit_id)
            assert (hit.findtext("Title"), hit.findtext("MaxAssignments")) == (title, str(2 + number % 5))
            found.append(hit_id)
        return found

    with ThreadPoolExecutor(32) as callers:
        made = list(callers.map(use, range(32)))
    for world, host in enumerate(["sandbox.localhost", "localhost"]):
        send = through_http(servers[0].url)
        client = Client(servers[0], lambda *call, send=send, host=host: send(*call[:-1], call[-1] | {"Host": host}))
        listed = client.call("SearchHITs", PageSize=100)
        assert {each.text for each in listed.iter("HITId")} == {each for part in made[world::2] for each in part}
