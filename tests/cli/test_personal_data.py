"""`adapter export` and `adapter erase`: what is kept about somebody, and what is left of a worker who is forgotten."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import balances
from adapter.marketplace.domain import assignment_lifecycle, uploads
from adapter.marketplace.store import erasure
from adapter.migrations import METADATA
from adapter.pages.store import tables as page_tables
from adapter.pages.store import worker_accounts
from tests import processes
from tests.contract.day import UPLOAD
from tests.fixtures_live import environment
from tests.legacy_client import Scene, through_http

NAME, PASSWORD, SENT = "Ann Unmistakable", "correct horse battery", "what Ann alone wrote"


@pytest.fixture
def adapter(tmp_path):
    def run(*arguments):
        env = environment(data=tmp_path / "server" / "data")
        return processes.run("-m", "adapter.cli", *map(str, arguments), cwd=tmp_path, env=env)

    return run


@pytest.fixture
def scene(server, tmp_path):
    """A running server, a requester, and Ann, who signed in, worked, was paid, and was written to."""
    running = server(workers=1)
    store = open_store(Settings(data=tmp_path / "server" / "data"))
    scene = Scene(store, through_http(running.url))
    scene.client = scene.requester()
    scene.ann = worker_accounts.create_worker(store, NAME, PASSWORD, country="US").worker_id
    worker_accounts.start_session(store, scene.ann, "192.0.2.1")
    hit_id = scene.client.hit(MaxAssignments="2")
    scene.hit_id = hit_id
    scene.assignment_id = scene.work(hit_id, scene.ann, q1=SENT)
    upload_hit = scene.client.hit(Question=UPLOAD)
    file_id = scene.accept(upload_hit, scene.ann)
    key, size = uploads.store_upload(store, scene.ann, file_id, "q1", "a.txt", "text/plain", io.BytesIO(SENT.encode()))
    assignment_lifecycle.submit_form(store, scene.ann, file_id, [("q1", key), ("q1.size", str(size))])
    kind = scene.client.qualification_type("Colours")
    scene.client.call("AssignQualification", QualificationTypeId=kind, WorkerId=scene.ann, IntegerValue="7")
    scene.client.call("ApproveAssignment", AssignmentId=scene.assignment_id, RequesterFeedback=f"Thanks, {NAME}")
    bonus = {"Amount": "0.50", "CurrencyCode": "USD"}
    scene.client.call(
        "GrantBonus", WorkerId=scene.ann, AssignmentId=scene.assignment_id, BonusAmount=bonus, Reason=f"For {NAME}"
    )
    scene.client.call("NotifyWorkers", Subject=f"Hello {NAME}", MessageText="Again?", WorkerId=[scene.ann])
    scene.client.call("BlockWorker", WorkerId=scene.ann, Reason=f"{NAME} asked for it")
    yield scene
    store.close()


def all_rows(store):
    with store.read() as connection:
        return {
            table.name: [repr(row) for row in connection.execute(table.select())] for table in METADATA.sorted_tables
        }


def statement(scene):
    with scene.store.read() as connection:
        return [tuple(row) for row in balances.statement(connection, scene.client.key.account_id)]


def test_of_a_forgotten_worker_nothing_is_left_but_work_and_money_under_a_pseudonym(adapter, scene, tmp_path):
    before, money = scene.client.call("GetAccountBalance").findtext(".//Amount"), statement(scene)
    done = adapter("erase", NAME, "--yes")
    assert done.returncode == 0, done.stderr
    pseudonym = done.stdout.split()[-1].rstrip(".")
    passing = {"journalled_calls", "idempotency"}  # gone within 25 hours
    for table, rows in all_rows(scene.store).items():
        found = [row for row in rows if (scene.ann in row and table not in passing) or NAME in row or SENT in row]
        assert found == [], table
    files = [path for path in (tmp_path / "server" / "data").rglob("*") if path.is_file()]
    assert not [path.name for path in files if NAME.encode() in path.read_bytes() or SENT.encode() in path.read_bytes()]
    assert worker_accounts.find_worker_by_password(scene.store, NAME, PASSWORD) is None
    # the old client goes on, and all adds up
    assert statement(scene) == money
    assert scene.client.call("GetAccountBalance").findtext(".//Amount") == before
    shown = scene.client.call("GetAssignmentsForHIT", HITId=scene.hit_id).find("Assignment")
    assert (shown.findtext("WorkerId"), shown.findtext("AssignmentStatus")) == (pseudonym, "Approved")
    bonus = scene.client.call("GetBonusPayments", HITId=scene.hit_id).find("BonusPayment")
    assert (bonus.findtext("WorkerId"), bonus.findtext("BonusAmount/Amount")) == (pseudonym, "0.50")
    assert adapter("erase", scene.ann, "--yes").returncode == 2


def test_answers_are_kept_where_that_is_asked_for(adapter, scene):
    assert adapter("erase", scene.ann, "--yes", "--keep-answers").returncode == 0
    shown = scene.client.call("GetAssignmentsForHIT", HITId=scene.hit_id).find("Assignment")
    assert SENT in shown.findtext("Answer")
    assert shown.findtext("WorkerId") != scene.ann
    with scene.store.read() as connection:
        assert len(erasure.uploads_of(connection, worker_id=shown.findtext("WorkerId"))) == 1


def test_who_signs_in_by_the_worker_id_of_another_is_not_taken_for_that_one(adapter, scene):
    worker_accounts.create_worker(scene.store, scene.ann, PASSWORD)
    assert "the work stays as that of" in adapter("erase", scene.ann, "--yes").stdout
    with scene.store.read() as connection:
        assert worker_accounts.worker_id_of(connection, NAME) == NAME


def test_nobody_is_forgotten_without_being_asked(adapter, scene):
    before = all_rows(scene.store)
    assert adapter("erase", scene.ann).returncode != 0
    after = all_rows(scene.store)
    for table in ("workers", "worker_accounts", "worker_sessions", "worker_messages", "assignments", "bonuses"):
        assert after[table] == before[table] != []


def test_every_table_that_names_workers_is_thought_of():
    naming = {table.name for table in METADATA.sorted_tables if "worker_id" in table.c}
    pages = {
        page_tables.worker_accounts,
        page_tables.worker_sessions,
        page_tables.worker_addresses,
        page_tables.worker_hidden,
        page_tables.worker_links,
    }
    assert naming == {table.name for table in (*erasure.PSEUDONYMOUS, *erasure.DELETED, *pages)}


def read(path):
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name).decode()
            if name.startswith("uploads/")
            else [json.loads(line) for line in archive.read(name).splitlines()]
            for name in archive.namelist()
        }


def test_an_account_is_exported_with_its_work_money_and_files_and_without_its_secrets(adapter, scene, tmp_path):
    other = scene.requester()
    other.hit(Title="Somebody else's")
    key = scene.client.key
    done = adapter("export", key.account_id, "all.zip")
    assert done.returncode == 0, done.stderr
    file = tmp_path / "all.zip"
    assert file.stat().st_mode & 0o077 == 0
    content = read(file)
    assert {row["hit_id"] for row in content["hits.jsonl"]} == {
        each.text for each in scene.client.call("SearchHITs").iter("HITId")
    }
    assert [row["amount"] for row in content["bonuses.jsonl"]] == ["0.50"]
    assert [row["access_key_id"] for row in content["access_keys.jsonl"]] == [key.access_key_id]
    assert [text for name, text in content.items() if name.startswith("uploads/")] == [SENT]
    said = json.dumps(content)
    assert other.key.account_id not in said
    assert key.secret_access_key not in said
    assert not {"secret", "password", "token"} & {name for rows in content.values() for row in rows[:1] for name in row}


@pytest.mark.usefixtures("scene")
def test_a_worker_gets_a_copy_of_what_is_kept(adapter, tmp_path):
    done = adapter("export", NAME, "ann.zip")
    assert done.returncode == 0, done.stderr
    content = read(tmp_path / "ann.zip")
    assert [(row["name"], row["country"]) for row in content["workers.jsonl"]] == [(NAME, "US")]
    assert len(content["assignments.jsonl"]) == 2
    assert [text for name, text in content.items() if name.startswith("uploads/")] == [SENT]
    assert "password" not in content["worker_accounts.jsonl"][0]


@pytest.mark.usefixtures("scene")
def test_an_export_of_nobody_leaves_no_file(adapter, tmp_path):
    done = adapter("export", "A0NOBODY", "nobody.zip")
    assert (done.returncode, "nothing is kept about A0NOBODY" in done.stderr) == (2, True)
    assert not [path for path in tmp_path.iterdir() if "nobody" in path.name]
