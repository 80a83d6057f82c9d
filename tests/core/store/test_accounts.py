"""Accounts and access keys."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from adapter.core.database import open_store
from adapter.core.secrets import Secrets, open_secrets
from adapter.core.settings import Settings, SettingsError
from adapter.core.store import accounts, balances
from adapter.core.store.tables import access_keys
from tests import processes


def test_a_new_account_has_a_key_and_the_initial_balance_in_the_ledger(any_store):
    made = accounts.create_account(any_store, "Lab")
    assert accounts.find_key(any_store, made.access_key_id) == made
    with any_store.read() as connection:
        assert f"{balances.balances(connection, made.account_id)[0]}" == "10000.00"
        assert {name: f"{sum_}" for name, sum_ in balances.sums(connection, made.account_id).items()} == {
            "available": "10000.00",
            "held": "0.00",
            "workers": "0.00",
            "fees": "0.00",
            "deposits": "-10000.00",
        }


def test_an_imported_pair_stays_as_it_is_and_is_imported_once(any_store):
    first = accounts.import_key(any_store, "Old lab", "AKIAOLDCLIENT", "its/secret+")
    assert (first.access_key_id, first.secret_access_key) == ("AKIAOLDCLIENT", "its/secret+")
    assert accounts.import_key(any_store, "Old lab", "AKIAOLDCLIENT", "its/secret+") == first
    with pytest.raises(accounts.AccountError, match="another secret"):
        accounts.import_key(any_store, "Old lab", "AKIAOLDCLIENT", "other")


@pytest.mark.parametrize(
    ("key", "secret"), [("", "x"), ("a b", "x"), ("ä", "x"), ("AKIA", ""), ("A\n", "x"), ("A" * 129, "x")]
)
def test_a_pair_that_no_client_could_send_is_refused(store, key, secret):
    with pytest.raises(accounts.AccountError):
        accounts.import_key(store, "x", key, secret)


def test_a_pair_that_two_import_at_once_is_one_account(any_store, monkeypatch):
    both = threading.Barrier(2)
    insert_account = accounts._insert_account

    def insert_together(*arguments):
        if not any_store.sqlite:  # there the second waits for the end of the first
            both.wait(60)
        insert_account(*arguments)

    monkeypatch.setattr(accounts, "_insert_account", insert_together)
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(accounts.import_key, any_store, "Lab", "AKIATWICE", "secret") for _ in range(2)]
        assert made[0].result(60) == made[1].result(60)


def test_no_secret_is_stored_or_shown_in_the_clear(store):
    made = accounts.import_key(store, "x", "AKIAX", "very-secret")
    accounts.set_upstream(store, "AKIAX", "AKIAUP", "other-secret")
    with store.read() as connection:
        row = connection.execute(select(access_keys)).one()
    for secret in ("very-secret", "other-secret"):
        assert secret not in repr(row)
        assert secret not in repr(made)
        assert secret not in repr(accounts.find_key(store, "AKIAX"))
    found = accounts.find_key(store, "AKIAX")
    assert (found.upstream_access_key_id, found.upstream_secret_access_key) == ("AKIAUP", "other-secret")


def test_a_second_key_belongs_to_the_same_account(store):
    first = accounts.create_account(store, "x")
    second = accounts.add_key(store, first.account_id)
    assert accounts.find_key(store, second.access_key_id).account_id == first.account_id
    with pytest.raises(accounts.AccountError, match="no account"):
        accounts.add_key(store, "ANOBODY")


def test_keys_are_listed_without_secrets_and_a_disabled_one_as_such(store):
    first, second = accounts.create_account(store, "one"), accounts.create_account(store, "two")
    accounts.disable_key(store, first.access_key_id)
    listed = {each.access_key_id: each.enabled for each in accounts.list_keys(store)}
    assert listed == {first.access_key_id: False, second.access_key_id: True}
    assert not accounts.find_key(store, first.access_key_id).enabled
    assert first.secret_access_key not in repr(accounts.list_keys(store))


def test_a_key_has_its_own_skews_when_they_are_set(store):
    made = accounts.create_account(store, "x")
    accounts.set_skew(store, made.access_key_id, 60, 7200)
    found = accounts.find_key(store, made.access_key_id)
    assert (found.skew, found.skew_local) == (60, 7200)


@pytest.mark.parametrize("change", ["disable_key", "set_skew", "set_upstream"])
def test_an_unknown_key_cannot_be_changed_or_found(store, change):
    more = () if change == "disable_key" else (None, None)
    with pytest.raises(accounts.AccountError, match="no access key"):
        getattr(accounts, change)(store, "AKIANOBODY", *more)
    assert accounts.find_key(store, "AKIANOBODY") is None
    assert accounts.find_key(store, "a\x00b") is None


def test_another_process_notices_a_disabled_key_within_seconds(settings, store, monkeypatch):
    made = accounts.create_account(store, "x")
    other = open_store(settings)
    assert accounts.find_key(other, made.access_key_id).enabled
    accounts.disable_key(store, made.access_key_id)
    monkeypatch.setattr(accounts, "CACHE_SECONDS", 0)
    now = accounts.time.monotonic()
    monkeypatch.setattr(accounts.time, "monotonic", lambda: now + 5.1)
    assert not accounts.find_key(other, made.access_key_id).enabled
    other.close()


def _derive(folder):
    return open_secrets(Settings(data=folder)).derive("test")


def test_processes_that_start_at_once_make_one_key_that_only_the_owner_reads(tmp_path):
    with processes.pool(4) as pool:
        assert len(set(pool.map(_derive, [tmp_path / "data"] * 8))) == 1
    assert stat.S_IMODE((tmp_path / "data" / "encryption.key").stat().st_mode) == 0o600
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["encryption.key"]


def test_a_key_of_the_settings_is_used_and_a_wrong_one_refused(tmp_path):
    key = Fernet.generate_key().decode()
    token = open_secrets(Settings(data=tmp_path, encryption_key=key)).encrypt("x")
    assert Secrets(key.encode()).decrypt(token) == "x"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SettingsError, match="Fernet"):
        open_secrets(Settings(data=tmp_path, encryption_key="short"))
    with pytest.raises(SettingsError, match="encrypted with"):
        Secrets(Fernet.generate_key()).decrypt(token)
    assert key not in repr(Secrets(key.encode()))
