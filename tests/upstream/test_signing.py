"""Upstream signatures are botocore's own, byte for byte."""

from __future__ import annotations

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from adapter.upstream.signing import Signer

WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=20)
URLS = st.builds(
    "{}://{}{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["Mturk.Example.org", "127.0.0.1", "[::1]", "localhost"]),
    st.sampled_from(["", ":80", ":443", ":8000"]),
    st.sampled_from(["", "a/b", "a b", "%7Ex", "?q=1&p=2", "../x//y"]),
)


def authorization(signer, url, headers, body, secret):
    request = AWSRequest("POST", url, dict(headers), body)
    signer(Credentials("AKIAEXAMPLE", secret), "mturk-requester", "us-east-1").add_auth(request)
    return request.headers.items()


@pytest.fixture(autouse=True, scope="module")
def one_moment():
    now = botocore.auth.get_current_datetime()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: now)
        yield


@given(
    URLS,
    st.dictionaries(WORD.map("X-{}".format).map(str.title), st.text(" abc,;=é", max_size=20)),
    st.text(max_size=50).map(str.encode) | st.text(max_size=50),
    WORD,
)
def test_a_request_is_signed_as_botocore_signs_it(url, headers, body, secret):
    sent = {**headers, "Content-Type": "application/x-amz-json-1.1", "User-Agent": "is not signed"}
    assert authorization(Signer, url, sent, body, secret) == authorization(SigV4Auth, url, sent, body, secret)


def test_a_second_try_replaces_the_first_signature():
    request = AWSRequest("POST", "http://localhost/", {}, b"{}")
    signer = Signer(Credentials("AKIAEXAMPLE", "secret"), "mturk-requester", "us-east-1")
    signer.add_auth(request)
    first = request.headers["Authorization"]
    signer.add_auth(request)
    assert request.headers.get_all("Authorization") == [first]
    assert len(request.headers.get_all("X-Amz-Date")) == 1
