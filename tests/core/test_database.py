"""Transactions: what was answered is there, writers do not mix, readers see one state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from adapter.core.database import open_store
from adapter.core.ids import entity_id
from adapter.core.settings import Settings, SettingsError
from adapter.core.store import accounts, balances
from adapter.core.store.tables import accounts as accounts_table
from adapter.core.store.tables import ledger as ledger_table
from adapter.marketplace.store.tables import idempotency
from tests.processes import COPIES

CENT = Decimal("0.01")


def deposit_times(settings, account_id, times):
    opened = open_store(settings)
    for _ in range(times):
        with opened.write(account_id) as connection:
            available, _held = balances.balances(connection, account_id)
            # Read, think, write: without the account's lock another writer's cent would be lost between.
            time.sleep(0.001)
            connection.execute(update(accounts_table).values(balance=available + CENT))
    opened.close()


def test_threads_that_write_at_once_lose_nothing(any_store):
    account_id = accounts.create_account(any_store, "x").account_id

    def work(_):
        for _ in range(10):
            with any_store.write(account_id) as connection:
                balances.deposit(connection, account_id, CENT, 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    with any_store.read() as connection:
        assert balances.balances(connection, account_id)[0] == Decimal("10000.80")
        assert balances.sums(connection, account_id)["available"] == Decimal("10000.80")


def test_processes_that_write_at_once_lose_nothing(any_settings, any_store):
    account_id = accounts.create_account(any_store, "x").account_id
    writing = [COPIES.Process(target=deposit_times, args=(any_settings, account_id, 15)) for _ in range(2)]
    for each in writing:
        each.start()
    for each in writing:
        each.join()
        assert each.exitcode == 0
    with any_store.read() as connection:
        assert balances.balances(connection, account_id)[0] == Decimal("10000.30")


def test_one_account_waits_for_its_writer_to_end(any_store):
    account_id = accounts.create_account(any_store, "x").account_id
    order = []

    def second():
        with any_store.write(account_id):
            order.append("second")

    with any_store.write(account_id):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_reader_sees_one_state_while_others_write(any_store):
    account_id = accounts.create_account(any_store, "x").account_id
    with any_store.read() as reading:
        before = balances.balances(reading, account_id)
        with any_store.write(account_id) as connection:
            balances.deposit(connection, account_id, CENT, 1)
        assert balances.balances(reading, account_id) == before
    with any_store.read() as reading:
        assert balances.balances(reading, account_id)[0] == before[0] + CENT


def test_a_block_that_raises_changes_nothing(any_store):
    account_id = accounts.create_account(any_store, "x").account_id

    def fail():
        with any_store.write(account_id) as connection:
            balances.deposit(connection, account_id, CENT, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with any_store.read() as connection:
        assert balances.balances(connection, account_id)[0] == Decimal("10000.00")


def test_an_error_of_the_database_does_not_tell_what_was_to_be_stored(any_store):
    with pytest.raises(DBAPIError) as failed, any_store.write() as connection:
        connection.execute(text("UPDATE nowhere SET it = :it"), {"it": "CONFIDENTIAL"})
    assert "nowhere" in str(failed.value)
    assert "CONFIDENTIAL" not in str(failed.value)


def test_a_reading_transaction_on_postgresql_cannot_write(postgresql_url, tmp_path):
    store = open_store(Settings(data=tmp_path, database_url=postgresql_url))
    store.migrate()
    with store.read() as connection, pytest.raises(DBAPIError, match="read-only transaction"):
        connection.execute(insert(ledger_table), {"account_id": "x"})
    store.close()


def test_a_fork_makes_its_own_connections(any_store):
    account_id = accounts.create_account(any_store, "x").account_id
    with any_store.read() as connection:
        child = os.fork()
        if child == 0:
            # Only exit codes come back from a fork; the parent's transaction must not be touched.
            try:
                with any_store.write(account_id) as own:
                    balances.deposit(own, account_id, CENT, 1)
                os._exit(0)
            except BaseException:  # noqa: BLE001
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert balances.balances(connection, account_id)[0] in {Decimal("10000.00"), Decimal("10000.01")}
    with any_store.read() as connection:
        assert balances.balances(connection, account_id)[0] == Decimal("10000.01")


WRITER = """
import sys
from pathlib import Path
from adapter.core.settings import Settings
from adapter.marketplace.store import idempotency
from adapter.core.database import open_store

store = open_store(Settings(data=Path(sys.argv[1]), database_url=sys.argv[2]))
for number in range(1_000_000):
    with store.write(sys.argv[3]) as connection:
        idempotency.keep(connection, sys.argv[3], "a", str(number), number, 1, 2)
        idempotency.keep(connection, sys.argv[3], "b", str(number), number, 1, 2)
    print(number, flush=True)
"""


def test_a_killed_process_loses_nothing_that_it_answered(any_settings, any_store):
    account_id = accounts.create_account(any_store, "x").account_id
    command = [sys.executable, "-c", WRITER, str(any_settings.data), any_settings.database_url, account_id]
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        answered = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        answered += process.stdout.readlines()
        process.stdout.close()
        process.wait()
        last = int([each for each in answered if each.endswith("\n")][-1])
        with any_store.read() as connection:
            kept = connection.execute(
                select(idempotency.c.operation, func.count(), func.max(idempotency.c.result)).group_by(
                    idempotency.c.operation
                )
            ).all()
            counts = {row[0]: row[1] for row in kept}
        assert counts["a"] == counts["b"]
        assert last + 1 <= counts["a"] <= last + 2
        with any_store.write(account_id) as connection:
            connection.execute(idempotency.delete())


def test_only_known_databases_and_durabilities_are_taken(tmp_path):
    with pytest.raises(SettingsError, match="sqlite and postgresql"):
        open_store(Settings(data=tmp_path, database_url="mysql://x/y"))
    with pytest.raises(SettingsError, match=r"^ADAPTER_DATABASE_URL: this is no address of a database$"):
        open_store(Settings(data=tmp_path, database_url="CONFIDENTIAL"))
    with pytest.raises(SettingsError, match=r"driver pg8000 is not installed.*\[postgresql\]"):
        open_store(Settings(data=tmp_path, database_url="postgresql+pg8000://x/y")).migrate()
    with pytest.raises(SettingsError, match="SYNCHRONOUS"):
        open_store(Settings(data=tmp_path, sqlite_synchronous="OFF")).migrate()


def test_ids_are_thirty_characters_and_never_the_same():
    made = {entity_id() for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(len(each) == 30 and each[0] == "3" and each.isalnum() and each == each.upper() for each in made)
