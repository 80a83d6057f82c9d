"""The gateway before a 2017-01-17 endpoint elsewhere, over HTTP, and without botocore's own copy of the API model."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import botocore
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from adapter import create_app
from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.legacy.operations import registry
from adapter.marketplace.api.service import Marketplace
from tests.contract.day import Day
from tests.flaky import flaky
from tests.legacy_client import EXTERNAL, Client, Scene, through_flask


@pytest.fixture
def far(tmp_path):
    """A gateway and, behind HTTP, a marketplace, each with a database of its own; one key pair known to both."""
    theirs = Settings(data=tmp_path / "theirs", sqlite_synchronous="NORMAL", threads=8)
    their_store = open_store(theirs)
    their_store.migrate()
    with flaky(Marketplace(theirs, their_store)) as (faulty, url):
        ours = Settings(data=tmp_path / "ours", sqlite_synchronous="NORMAL", threads=8, upstream=url)
        our_store = open_store(ours)
        our_store.migrate()
        key = accounts.create_account(their_store, "There")
        accounts.import_key(our_store, "Here", key.access_key_id, key.secret_access_key)
        send = through_flask(create_app(ours))
        yield faulty, Scene(their_store, send), Client(key, send)
        our_store.close()
        their_store.close()


@pytest.mark.parametrize("scheme", ["1", "soap"], ids=["rest", "soap"])
def test_a_whole_day_through_an_endpoint_elsewhere(far, scheme):
    _, scene, client = far
    client.scheme = scheme
    day = Day(scene, client)
    day.run()
    assert {operation for operation, _ in day.said} | day.refused == set(registry.load())


def test_a_modern_call_at_a_gateway_whose_upstream_is_elsewhere_is_refused_in_json(tmp_path):
    app = create_app(Settings(data=tmp_path, upstream="http://127.0.0.1:9"))
    target = {"X-Amz-Target": "MTurkRequesterServiceV20170117.CreateHIT"}
    answer = app.test_client().post("/", json={}, headers=target)
    assert (answer.status_code, answer.mimetype) == (404, "application/x-amz-json-1.1")
    assert json.loads(answer.data)["__type"] == "UnknownOperationException"


@pytest.mark.slow
def test_all_pages_of_250_hits_cost_one_scan(far):
    faulty, _, client = far
    type_id = client.call(
        "RegisterHITType",
        Title="t",
        Description="d",
        Reward={"Amount": "0.01", "CurrencyCode": "USD"},
        AssignmentDurationInSeconds="60",
    ).findtext("HITTypeId")
    question = EXTERNAL
    made = [
        client.call("CreateHIT", HITTypeId=type_id, Question=question, LifetimeInSeconds="3600").findtext("HITId")
        for _ in range(250)
    ]
    faulty.calls.clear()
    met = []
    for number in range(1, 27):
        page = client.call("SearchHITs", PageSize="10", PageNumber=str(number))
        assert page.findtext("TotalNumResults") == "250"
        met += [each.findtext("HITId") for each in page.iter("HIT")]
    assert sorted(met) == sorted(made)
    # four for the scan, and one that told that it is worth it
    assert faulty.calls.count("ListHITs") <= 5


def test_everything_works_when_botocore_no_longer_ships_the_model(far, tmp_path, monkeypatch):
    faulty, scene, _ = far
    without = tmp_path / "botocore-data"
    without.mkdir()
    for entry in (Path(botocore.__file__).parent / "data").iterdir():
        if entry.name != "mturk":
            (without / entry.name).symlink_to(entry)
    monkeypatch.setattr(Loader, "BUILTIN_DATA_PATH", str(without))
    with pytest.raises(UnknownServiceError):
        boto3.Session().client("mturk", region_name="us-east-1")
    settings = Settings(data=tmp_path / "embedded", sqlite_synchronous="NORMAL", threads=8)
    store = open_store(settings)
    store.migrate()
    client = Scene(store, through_flask(create_app(settings))).requester()
    assert client.call("GetAccountBalance").findtext("AvailableBalance/Amount") == "10000.000"
    assert client.call("GetHIT", HITId=client.hit()).findtext("HITStatus") == "Assignable"
    store.close()
    assert faulty.calls == []
    assert scene.store is not store
