"""`adapter serve` delivers by itself, soon, and ends what it began when it is stopped."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from contextlib import closing

import pytest
from boto.mturk.question import ExternalQuestion

from tests.clients.test_boto import connect, disconnect
from tests.fixtures_live import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.legacy_client import HIT_TYPE, Client, through_http
from tests.notifications.test_receptors import verified


class _Key:
    access_key_id = ACCESS_KEY_ID
    secret_access_key = SECRET_ACCESS_KEY


def _told(client, receptor):
    hit_type_id = client.call("RegisterHITType", **HIT_TYPE).findtext("HITTypeId")
    given = {"Destination": receptor.url, "Transport": "REST", "Version": "2006-05-05", "EventType": "HITCreated"}
    client.call("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given, Active="true")
    return hit_type_id


def _heard(receptor, number, seconds):
    """Wait until the receptor has heard so often."""
    began = time.monotonic()
    while len(receptor.heard) < number and time.monotonic() < began + seconds:
        time.sleep(0.01)
    assert len(receptor.heard) >= number


def test_each_event_reaches_its_receptor_while_the_server_runs(server, receptor):
    client = Client(_Key(), through_http(server().url))
    hit_type_id = _told(client, receptor)
    client.hit(HITTypeId=hit_type_id)
    _heard(receptor, 1, 60)
    for number in range(2, 5):
        client.hit(HITTypeId=hit_type_id)
        _heard(receptor, number, 60)


def test_events_of_the_sandbox_and_of_production_reach_their_own_receptors(server, new_receptor):
    through = through_http(server().url)

    def in_sandbox(method, path, query, body, headers):
        return through(method, path, query, body, {**headers, "Host": "mechanicalturk.sandbox.amazonaws.com"})

    for send in (through, in_sandbox):
        client, receptor = Client(_Key(), send), new_receptor()
        hit_id = client.hit(HITTypeId=_told(client, receptor))
        _heard(receptor, 1, 60)
        assert [each.parameters["Event.1.HITId"] for each in receptor.heard] == [hit_id]


def test_boto_sets_and_tries_a_notification_and_reads_what_comes(server, receptor):
    live = server()
    conn = connect(live, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
    hit_type_id = conn.register_hit_type("t", "d", 0.05, dt.timedelta(minutes=1))[0].HITTypeId
    conn.send_test_event_notification(hit_type_id, receptor.url)
    conn.set_rest_notification(hit_type_id, receptor.url)  # no event type, which boto lets be
    question = ExternalQuestion("https://example.com/task", 400)
    hit_id = conn.create_hit(hit_type=hit_type_id, question=question)[0].HITId
    _heard(receptor, 2, 60)
    disconnect(conn)
    tried, told = (verified(each.parameters, SECRET_ACCESS_KEY).events for each in receptor.heard)
    assert [each.event_type for each in tried] == ["Ping"]
    assert [(each.event_type, each.hit_id) for each in told] == [("HITCreated", hit_id)]


@pytest.mark.slow
def test_a_call_under_way_is_ended_and_noted_before_the_server_stops(server, new_receptor):
    slow = new_receptor(delay=2)
    live = server()
    client = Client(_Key(), through_http(live.url))
    hit_type_id = _told(client, slow)
    client.hit(HITTypeId=hit_type_id)
    _heard(slow, 1, 60)
    assert live.stop(seconds=40) == 0
    with closing(sqlite3.connect(live.data / "adapter.sqlite3")) as database:
        assert database.execute("SELECT state FROM deliveries").fetchall() == [("delivered",)]
