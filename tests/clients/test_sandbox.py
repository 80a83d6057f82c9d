"""boto 2.49.0 and boto3 under the host names that Amazon's sandbox had."""

from __future__ import annotations

import warnings

import boto3
import pytest
from botocore.config import Config

from tests.clients.test_boto import disconnect
from tests.fixtures_live import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.legacy_client import Client, through_http

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from boto.mturk.connection import MTurkConnection
    from boto.mturk.question import ExternalQuestion

pytestmark = [pytest.mark.client, pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning")]
SANDBOX = "mechanicalturk.sandbox.amazonaws.com"
MODERN_SANDBOX = "mturk-requester-sandbox.us-east-1.amazonaws.com"


def boto_in_sandbox(live):
    """boto as its own setting `sandbox` makes it, which speaks to the server as to a proxy."""
    conn = MTurkConnection(
        ACCESS_KEY_ID, SECRET_ACCESS_KEY, is_secure=False, host=SANDBOX, proxy="127.0.0.1", proxy_port=live.port
    )
    conn.num_retries = 0
    return conn


class _Key:
    access_key_id = ACCESS_KEY_ID
    secret_access_key = SECRET_ACCESS_KEY


def test_boto_and_boto3_share_a_sandbox_that_outlives_a_restart(server):
    live = server()
    conn = boto_in_sandbox(live)
    question = ExternalQuestion("https://example.com/task", 400)
    hit_id = conn.create_hit(question=question, title="t", description="d", keywords="k", reward=0.05)[0].HITId
    assert str(conn.get_account_balance()[0]) == "$10,000.00"
    live.stop()
    again = server(port=live.port)
    mturk = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=f"http://{MODERN_SANDBOX}",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(proxies={"http": again.url}),
    )
    assert [each["HITId"] for each in mturk.list_hits()["HITs"]] == [hit_id]
    assert mturk.get_account_balance()["AvailableBalance"] == "10000.00"
    production = Client(_Key(), through_http(again.url))
    assert production.call("SearchHITs").findtext("TotalNumResults") == "0"
    after = boto_in_sandbox(again)
    assert [each.HITId for each in after.search_hits()] == [hit_id]
    disconnect(conn)
    disconnect(after)
