"""PostgreSQL ends the gateway's connections in the middle of calls: at every statement, in every COMMIT, with and after it."""

from __future__ import annotations

import os
import signal
from decimal import Decimal

import psycopg
import pytest
from botocore.exceptions import ClientError

from adapter import create_app
from adapter.app import upstream_of
from adapter.core import clock
from adapter.core.database import UnavailableError, UnknownCommitError, open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts, balances
from adapter.legacy.idempotency import extend_saga
from adapter.marketplace.api.service import Marketplace
from tests.conftest import mturk_client
from tests.faults.conftest import Ground, World
from tests.faults.scenarios import SCENARIOS
from tests.faults.test_writes import outcome
from tests.legacy_client import FORM, Client, Scene, flatten, through_flask

BY_NAME = {each.modern: each for each in SCENARIOS if each.effects}
A_MODERN_HIT = {
    "Title": "t",
    "Description": "d",
    "Reward": "0.01",
    "AssignmentDurationInSeconds": 60,
    "LifetimeInSeconds": 3600,
    "Question": FORM,
}
#: What makes, pays and decides.
WEIGHTY = ("CreateHIT", "CreateAdditionalAssignmentsForHIT", "SendBonus", "ApproveAssignment")


class Wire:
    """Connections to PostgreSQL, one of which is lost at a step of what a thread does: a statement or a COMMIT.

    `at` is the number of the step; `after` says whether a COMMIT is done, and only its answer lost.
    """

    def __init__(self, patch, admin):
        self.admin = admin
        self.at = self.seen = 0
        self.after = self.lost = False
        #: Kill the server's process instead, whereupon the whole server recovers as after a loss of power.
        self.crash = False
        #: Count no statements.
        self.commits_only = False
        #: What keeps everybody out after the loss, but for its last word.
        self.lock = ""
        execute, commit = psycopg.Cursor.execute, psycopg.Connection.commit

        def cut_execute(cursor, *arguments, **named):
            if not self.commits_only and self._is_now():
                self._end(cursor.connection)
            return execute(cursor, *arguments, **named)

        def cut_commit(connection):
            if not self._is_now():
                return commit(connection)
            if self.after:
                commit(connection)
            self._end(connection)
            connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        patch.setattr(psycopg.Cursor, "execute", cut_execute)
        patch.setattr(psycopg.Connection, "commit", cut_commit)

    def cut(self, at, *, after=False):
        """Lose the connection at a step; `lost` tells whether there was one of that number."""
        self.at, self.after, self.seen, self.lost = at, after, 0, False

    def _is_now(self):
        self.seen += 1
        return self.seen == self.at

    def _end(self, connection):
        self.lost, self.at = True, 0
        pid = connection.info.backend_pid
        if self.lock:
            self.admin.execute(self.lock + "false")
        if self.crash:
            os.kill(pid, signal.SIGKILL)
        else:
            self.admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.fixture
def wire(postgresql_server, monkeypatch):
    """A wire with a hand at the server, which a crash of the server cuts off as well."""
    url = postgresql_server.replace("+psycopg", "")

    class Admin:
        def execute(self, *arguments):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(*arguments)

    return Wire(monkeypatch, Admin())


@pytest.fixture
def embedded(tmp_path, postgresql_url):
    """A gateway with its marketplace inside, both on PostgreSQL."""
    settings = Settings(
        data=tmp_path, database_url=postgresql_url, threads=4, initial_balance="100000.00", sandbox="never"
    )
    store = open_store(settings)
    store.migrate()
    app = create_app(settings)
    key = accounts.create_account(store, "Requester")
    send = through_flask(app)
    yield World(None, Client(key, send), Scene(store, send), mturk_client(app.wsgi_app, key), settings, store, app, key)
    app.extensions["adapter"].store.close()
    store.close()


@pytest.fixture
def far(tmp_path, postgresql_url):
    """A gateway with its tables on PostgreSQL, and a marketplace elsewhere."""
    made = Ground(tmp_path, postgresql_url)
    yield made.world()
    made.close()


def steps(world, wire, scenario, *, after=False):
    """Make the call with the connection lost at its first step, then at its second, to its end: what each was answered."""
    at = 0
    while True:
        at += 1
        members = scenario.prepare(world)
        before = scenario.count(world, members)
        wire.cut(at, after=after)
        answered = outcome(world, scenario, members)
        wire.at = 0
        if not wire.lost:
            return
        yield at, answered, members, scenario.count(world, members) - before, before


@pytest.mark.parametrize("after", [False, True], ids=["not committed", "committed"])
@pytest.mark.parametrize("name", WEIGHTY)
def test_with_the_marketplace_inside_every_answer_is_true(embedded, wire, name, after):
    scenario = BY_NAME[name]
    tried = 0
    for at, answered, members, effects, before in steps(embedded, wire, scenario, after=after):
        tried += 1
        assert (answered, effects) in {("success", 1), ("repeat", 0)}, at
        if answered == "repeat":
            assert outcome(embedded, scenario, members) == "success", at
            assert scenario.count(embedded, members) - before == 1, at
    assert tried >= 8


@pytest.mark.parametrize("after", [False, True], ids=["not committed", "committed"])
@pytest.mark.parametrize("name", WEIGHTY)
def test_in_front_of_another_service_nothing_happens_twice(far, wire, name, after):
    """The gateway's notes are lost, be it all that is lost, or while the upstream's answers are lost, too."""
    scenario = BY_NAME[name]
    for fault in ([], ["after"] * 3):
        far.faulty.faults.clear()
        at, lost = 0, True
        while lost:
            at += 1
            members = scenario.prepare(far)
            far.clear()
            far.faulty.faults[scenario.modern] = list(fault)
            wire.cut(at, after=after)
            answered = outcome(far, scenario, members)
            wire.at, lost = 0, wire.lost
            assert answered != "repeat" or far.executed(scenario.modern) == 0, at
            far.faulty.faults.clear()
            if answered != "success":
                assert outcome(far, scenario, members) == "success", at
            assert far.executed(scenario.modern) == 1, at
        assert at > 1 or name in {"SendBonus", "ApproveAssignment"}


def test_a_read_is_told_to_come_back(embedded, wire):
    hit_id, seen = embedded.client.hit(), []
    while wire.lost or not seen:
        wire.cut(len(seen) + 1)
        seen.append(embedded.client.raw("GetHIT", flatten({"HITId": hit_id})).status)
        wire.at = 0
    # a connection that is found dead before it is used is replaced
    assert set(seen) == {200, 503}
    assert seen.count(503) >= 2


def test_programs_of_2017_are_told_to_come_back_and_pay_once(embedded, wire):
    scenario = BY_NAME["SendBonus"]
    for after in (False, True):
        members = scenario.prepare(embedded)
        members["BonusAmount"] = members["BonusAmount"]["Amount"]
        for at in range(1, 12):
            # boto3 repeats by itself what was throttled
            wire.cut(at, after=after)
            embedded.there.send_bonus(**members)
            assert scenario.count(embedded, members) == at


@pytest.mark.parametrize("after", [False, True], ids=["not committed", "committed"])
@pytest.mark.parametrize("name", ["CreateHIT", "SendBonus", "ApproveAssignment"])
def test_a_server_that_crashes_in_a_commit_is_waited_for(embedded, wire, name, after):
    wire.admin.execute(f"ALTER DATABASE {embedded.store.url.database} SET synchronous_commit = on")
    embedded.app.extensions["adapter"].store.close()
    embedded.store.close()
    # what was committed before that is not yet on the disk, and a crash would undo it
    wire.admin.execute("CHECKPOINT")
    wire.crash = wire.commits_only = True
    scenario = BY_NAME[name]
    tried = 0
    for at, answered, members, effects, before in steps(embedded, wire, scenario, after=after):
        tried += 1
        assert (answered, effects) in {("success", 1), ("repeat", 0)}, at
        if answered == "repeat":
            assert outcome(embedded, scenario, members) == "success", at
            assert scenario.count(embedded, members) - before == 1, at
    assert tried >= 1


@pytest.mark.parametrize("after", [False, True], ids=["not committed", "committed"])
@pytest.mark.parametrize("name", ["CreateHIT", "SendBonus", "CreateAdditionalAssignmentsForHIT"])
def test_an_equal_call_finds_what_was_done_before_the_server_was_away_for_long(
    tmp_path, postgresql_url, wire, name, after, monkeypatch
):
    """The answer to a COMMIT is lost, and nobody can be asked for longer than is waited; the next call has no token either."""
    scenario = BY_NAME[name]
    settings = Settings(data=tmp_path, database_url=postgresql_url, request_timeout=1)
    store = open_store(settings)
    store.migrate()
    key = accounts.create_account(store, "Requester")

    def process():
        app = create_app(settings)
        send = through_flask(app)
        return World(
            None, Client(key, send), Scene(store, send), mturk_client(app.wsgi_app, key), settings, store, app, key
        )

    one, other = process(), process()
    wire.commits_only, at = True, 0
    while at == 0 or wire.lost:
        at += 1
        members = scenario.prepare(one)
        before = scenario.count(one, members)
        wire.lock = f"ALTER DATABASE {store.url.database} ALLOW_CONNECTIONS "
        wire.cut(at, after=after)
        answered = outcome(one, scenario, members)
        wire.at = 0
        wire.admin.execute(wire.lock + "true")
        if answered != "success":
            assert wire.lost
            assert outcome(other, scenario, members) == "success", at
        assert scenario.count(one, members) - before == 1, at
        with monkeypatch.context() as patch:
            later = clock.milliseconds() + 10 * 60_000
            patch.setattr(clock, "milliseconds", lambda later=later: later)
            extend_saga.run_due(store, settings, upstream_of(settings, store))
        assert scenario.count(one, members) - before == 1, at
    assert at > 1


def test_a_commit_whose_outcome_nobody_tells_is_not_called_either(tmp_path, postgresql_url, wire):
    """The answer to it is lost, and the server is not there for as long as is waited."""
    store = open_store(Settings(data=tmp_path, database_url=postgresql_url, request_timeout=1))
    key = accounts.create_account(store, "Requester")
    account_id = key.account_id
    name = store.url.database
    wire.commits_only = True
    wire.cut(1, after=True)
    wire.lock = f"ALTER DATABASE {name} ALLOW_CONNECTIONS "
    with pytest.raises(UnknownCommitError), store.write(account_id) as connection:
        balances.post(connection, account_id, "Deposit", 1, available=Decimal(1), deposits=Decimal(-1))
    with pytest.raises(UnavailableError), store.read():
        pass
    wire.admin.execute(wire.lock + "true")
    with store.read() as connection:
        assert balances.balances(connection, account_id)[0] == Decimal(10_001)
    # SDKs would repeat a 500 by themselves
    wire.cut(1, after=True)
    there = mturk_client(Marketplace(store.settings, store), key)
    with pytest.raises(ClientError) as caught:
        there.create_hit(**A_MODERN_HIT)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    wire.admin.execute(wire.lock + "true")
    assert len(there.list_hits()["HITs"]) == 1
    store.close()
