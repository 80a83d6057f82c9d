"""`adapter workers` makes workers who can sign in, and never takes a password as an argument."""

from __future__ import annotations

import json
import re

import pytest

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.domain import letters
from adapter.marketplace.store import worker_records
from adapter.pages.store import worker_accounts
from tests import processes
from tests.conftest import mturk_client
from tests.fixtures_live import environment
from tests.marketplace.workshop import a_hit, done

PASSWORD = "correct horse battery"


@pytest.fixture
def adapter(tmp_path):
    """Runs a command in an installation of its own."""

    def run(*arguments, given=""):
        env = environment(data=tmp_path / "data")
        return processes.run("-m", "adapter.cli", *arguments, cwd=tmp_path, env=env, given=given)

    return run


@pytest.fixture
def sign_in(tmp_path):
    def find(name, password):
        store = open_store(Settings(data=tmp_path / "data"))
        found = worker_accounts.find_worker_by_password(store, name, password)
        store.close()
        return found

    return find


def test_a_worker_is_made_listed_and_given_another_password(adapter, sign_in, tmp_path):
    (tmp_path / "secret").write_text(PASSWORD + "\n")
    made = adapter("workers", "add", "Ann Öz", "--password-file", "secret")
    worker_id = re.search(r"worker (A\w{13}) signs in as Ann Öz", made.stdout)[1]
    assert sign_in("ann öz", PASSWORD).worker_id == worker_id
    assert re.search(rf"{worker_id} +Ann Öz +2\d{{3}}-", adapter("workers", "list").stdout)
    assert adapter("workers", "password", "Ann Öz", "--password-file", "-", given="another password\n").returncode == 0
    assert sign_in("Ann Öz", PASSWORD) is None
    assert sign_in("Ann Öz", "another password").worker_id == worker_id
    assert PASSWORD not in made.stdout + made.stderr


def test_what_hits_choose_a_worker_by_is_set_and_changed(adapter, tmp_path):
    made = adapter("workers", "add", "Ann", "--password-file", "-", "--country", "us", "--masters", given=PASSWORD)
    worker_id = re.search(r"A\w{13}", made.stdout)[0]
    assert adapter("workers", "change", "ANN", "--no-masters", "--adult", "--subdivision", "CA").returncode == 0
    store = open_store(Settings(data=tmp_path / "data"))
    with store.read() as connection:
        row = worker_records.find_worker(connection, worker_id)
    store.close()
    assert (row.country, row.subdivision, row.adult, row.masters, row.name) == ("US", "CA", True, False, "Ann")


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (("add", "Ann", "--password-file", "-"), "short\n", "at least 8 characters"),
        (("add", " ", "--password-file", "-"), PASSWORD, "A name is needed"),
        (("password", "Nobody", "--password-file", "-"), PASSWORD, "no worker called Nobody"),
        (("add", "Ann", "--password-file", "missing"), "", "missing"),
        (("add", "Ann", "--password-file", "-", "--country", "Austria"), PASSWORD, "two letters"),
        (("change", "Nobody", "--adult"), "", "no worker called Nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(adapter, arguments, given, said):
    adapter("migrate")
    done = adapter("workers", *arguments, given=given)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_workers_report_is_listed_until_it_is_dealt_with(adapter, tmp_path):
    adapter("migrate")
    store = open_store(Settings(data=tmp_path / "data"))
    account_id = accounts.create_account(store, "Requester").account_id
    letters.write(store, "A1", letters.Subject(account_id, "Requester"), letters.BROKEN, "No picture", "One\nTwo")
    store.close()
    assert re.search(r"1 +2\S+ +Broken +A1 +\w+ +Requester +No picture +One Two", adapter("workers", "reports").stdout)
    assert json.loads(adapter("workers", "reports", "--json").stdout)[0]["text"] == "One\nTwo"
    assert "yes  workers' reports: 1 about broken HITs" in adapter("doctor").stdout
    assert adapter("workers", "reports", "--done", "1").returncode == 0
    assert adapter("workers", "reports").stdout == "none\n"
    assert "no report 1 that waits" in adapter("workers", "reports", "--done", "1").stderr
    assert "One Two" in adapter("workers", "reports", "--all").stdout


@pytest.fixture
def earned(adapter, tmp_path):
    """A worker called =Ann who has earned 3 dollars, and the WorkerId."""
    adapter("migrate")
    settings = Settings(data=tmp_path / "data")
    store = open_store(settings)
    mturk = mturk_client(Marketplace(settings, store), accounts.create_account(store, "Requester"))
    worker_id = worker_accounts.create_worker(store, "=Ann", PASSWORD).worker_id
    mturk.approve_assignment(AssignmentId=done(store, a_hit(mturk, Reward="3.00"), worker_id))
    store.close()
    return worker_id


def test_who_is_owed_goes_out_as_csv_and_comes_back_as_paid_once(adapter, earned, tmp_path):
    (tmp_path / "owed.csv").write_text(adapter("workers", "owed", "--csv").stdout)
    assert (tmp_path / "owed.csv").read_text().splitlines() == [
        "worker_id,name,email,earned,paid,amount",
        f"{earned},'=Ann,,3.00,0.00,3.00",
    ]
    paid = adapter("workers", "pay", "--csv", "owed.csv", "--reference", "May")
    assert paid.stdout == f"{earned} is paid $3.00\n1 payout, $3.00 in all\n"
    assert adapter("workers", "owed").stdout == "nobody\n"
    again = adapter("workers", "pay", "--csv", "owed.csv", "--reference", "May")
    assert again.stdout == "0 payouts, $0.00 in all; 1 noted before\n"
    (row,) = json.loads(adapter("workers", "owed", "--all", "--json").stdout)
    assert (row["earned"], row["paid"], row["owed"]) == ("3.00", "3.00", "0.00")


def test_a_name_that_is_somebody_elses_worker_id_gets_none_of_the_money(adapter, earned, tmp_path):
    store = open_store(Settings(data=tmp_path / "data"))
    worker_accounts.create_worker(store, earned, PASSWORD)
    store.close()
    assert f"{earned} is paid $1.00" in adapter("workers", "pay", earned, "1.00", "--reference", "a").stdout
    assert f"{earned} is paid $2.00" in adapter("workers", "pay", "=ann", "2", "--reference", "b").stdout


def test_a_payout_that_cannot_be_noted_is_said_in_one_line(adapter, earned, tmp_path):
    (tmp_path / "bad.csv").write_text(f"worker_id,amount\n{earned},1.00\n{earned},1.0x\n")
    (tmp_path / "twice.csv").write_text(f"worker_id,amount\n{earned},1.00\n{earned},1.00\n")
    for arguments, said in (
        ((earned, "3.01", "--reference", "May"), "is owed $3.00"),
        (("--csv", "bad.csv", "--reference", "May"), "bad.csv, line 3: '1.0x' is no amount"),
        (("--csv", "twice.csv", "--reference", "May"), "names a worker twice"),
        (("--csv", "missing.csv", "--reference", "May"), "cannot be read"),
        ((earned, "1.00"), "--reference TEXT is needed"),
        (("--all", earned, "1.00", "--reference", "May"), "either WORKER and AMOUNT"),
    ):
        tried = adapter("workers", "pay", *arguments)
        assert (tried.returncode, said in tried.stderr) == (2, True), tried.stderr
    assert json.loads(adapter("workers", "owed", "--json").stdout)[0]["paid"] == "0.00"
