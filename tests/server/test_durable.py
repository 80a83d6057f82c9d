"""The whole server on both databases: several processes, killed outright, and nothing answered is lost."""

from __future__ import annotations

import signal
import threading
import time

import boto3
import pytest
import requests
from botocore.config import Config
from lxml import etree

from adapter.legacy.protocol.request import SERVICE
from adapter.legacy.protocol.signature import sign


def call(live, operation, **parameters):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    signature = sign(live.secret_access_key, f"{SERVICE}{operation}{moment}")
    common = {"Operation": operation, "AWSAccessKeyId": live.access_key_id, "Timestamp": moment, "Signature": signature}
    answer = requests.post(live.url, data={**common, **parameters}, timeout=30)
    assert answer.status_code == 200
    return etree.fromstring(answer.content)


def modern(live):
    return boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=live.url,
        aws_access_key_id=live.access_key_id,
        aws_secret_access_key=live.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_at_any_moment_nothing_that_was_answered_is_lost(database, server, request, tmp_path):
    settings = {"data": tmp_path / "data", "sqlite_synchronous": "FULL"}
    if database == "postgresql":
        settings["database_url"] = request.getfixturevalue("postgresql_url")
    live = server(name="first", **settings)
    answered, stopping = [], threading.Event()

    def make(name):
        number = 0
        while not stopping.is_set():
            number += 1
            try:
                root = call(
                    live,
                    "CreateQualificationType",
                    Name=f"{name} {number}",
                    Description="kept",
                    QualificationTypeStatus="Active",
                )
            except requests.RequestException:
                return
            if identifier := root.findtext("QualificationType/QualificationTypeId"):
                answered.append(identifier)

    makers = [threading.Thread(target=make, args=(f"maker {each}",)) for each in range(4)]
    for each in makers:
        each.start()
    latest = time.monotonic() + 60
    while len(answered) <= 10 and time.monotonic() < latest:
        time.sleep(0.05)
    live.stop(signal.SIGKILL)
    stopping.set()
    for each in makers:
        each.join()
    assert len(answered) > 10
    again = server(name="second", **settings)
    client = modern(again)
    for identifier in answered:
        assert (
            client.get_qualification_type(QualificationTypeId=identifier)["QualificationType"]["Description"] == "kept"
        )
