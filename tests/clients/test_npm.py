"""Unmodified old Node clients do a requester's working day against the running gateway."""

from __future__ import annotations

import pytest

from tests.clients.packages import DRIVERS, in_sandbox, npm, program, requester, run
from tests.fixtures_live import free_port

pytestmark = [pytest.mark.client, pytest.mark.slow]

ANSWER = "blue & <green>"


def day(script, package, env, folder, **more):
    """Run a driver under Node for an installed package; what the client returned to its user."""
    command = [program("node"), "--no-deprecation", "-r", str(DRIVERS / "redirect.js"), str(DRIVERS / script)]
    return run(command, env | {"CLIENT": str(package), **more}, folder)


@pytest.fixture
def environment_of(live, live_store):
    """The environment of a client that speaks plain HTTP to a host and port of its user's choice."""
    return requester(live_store, live.data) | {"GATEWAY_PORT": str(live.port)}


@pytest.fixture
def environment_of_amazon(proxied, proxied_store):
    """The environment of a client that knows only Amazon's own host names, by TLS."""
    env = requester(proxied_store, proxied.data.parent / "gateway" / "data")
    return env | {"GATEWAY_TLS_PORT": str(proxied.port), "NODE_EXTRA_CA_CERTS": str(proxied.ca)}


@pytest.mark.parametrize("version", ["2.2.2", "3.0.2"])
def test_mturk_api_works_a_whole_day_by_rest_and_by_soap(environment_of_amazon, tmp_path, version):
    package = npm("mturk-api", version)
    seen = day("mturk_api.js", package, in_sandbox(environment_of_amazon), tmp_path, CLIENT_VERSION=version)

    hit_id, type_id = seen["ids"]
    assert seen["balance"] == "$10,000.00"
    assert seen["got"][:5] == [hit_id, type_id, "Assignable", "2", "batch & <1>"]
    assert seen["got"][5].startswith("<QuestionForm xmlns=")
    assert "<Text>Name a colour &amp; why; a=b</Text>" in seen["got"][5]
    assert seen["got"][6] == "$0.05"
    assert seen["search"] == ["2", "4", "1"]
    assert seen["newest"] is True
    assert seen["reviewable"] is True
    assert seen["assignments"] == ["2", "AWORKERONE1,AWORKERTWO2"]
    assert "<FreeText>blue &amp; &lt;green&gt;</FreeText>" in seen["answer"]
    assert "called with a status of: Submitted" in seen["twice"]
    assert seen["bonus"] == ["1", "$0.25", "Great"]
    assert seen["get_assignment"] == ["Approved", True]
    assert seen["disposed"] == ["Disposed", "5"]
    assert "currently in the state 'Assignable'" in seen["early"]
    assert seen["blocked"] == "AWORKERTWO2"
    assert seen["statistic"] == "4"
    assert seen["requests"] is True
    assert seen["score"] == "7"
    assert "does not exist" in seen["unknown"]
    assert "missing required parameters" in seen["missing"]


def test_amt_passes_its_own_live_tests_and_a_whole_day(environment_of_amazon, tmp_path):
    # request 2.x.0, which amt asks for, was never published; npm of its day took 2.x for it.
    package = npm("amt", "0.1.4", {"request": "2.88.2"})
    seen = day("amt.js", package, environment_of_amazon, tmp_path)

    assert seen["created"] == [True, True, True]
    assert seen["got"][:3] == [True, "Test", "Assignable"]
    assert "Name a colour ; why; a=b" in seen["got"][3]
    assert seen["got"][4] == "5"
    assert seen["first"] == [True, 1, 1, 1, 1]
    assert seen["disposed"] == "Disposed"
    assert seen["hidden"] == 0
    assert seen["whole"] == "Whole; a=b"
    assert seen["assignments"] == [2, 2, "AWORKERONE1,AWORKERTWO2"]
    assert seen["answer"] == ANSWER
    assert seen["statuses"] == "Approved,Approved"
    assert seen["twice"].startswith("AWS.MechanicalTurk.InvalidAssignmentState: ")
    assert "test" not in seen, "SendTestEventNotification was refused"
    assert seen["left"] == 0
    assert seen["unknown"].startswith("AWS.MechanicalTurk.HITDoesNotExist: ")


def test_mturk_works_a_whole_day_and_polls_reviewable_hits(environment_of, tmp_path):
    # The client takes any express and an sax that ended with old Node; these are the nearest that still start.
    package = npm("mturk", "0.4.1", {"express": "3.21.2", "sax": "0.6.1"})
    seen = day("mturk.js", package, environment_of, tmp_path, RECEPTOR_PORT=str(free_port()))

    assert seen["created"] == [True, '{"batch":7}']
    assert seen["got"] == [True, "Extract info", "Assignable", "3600", "$0.10"]
    assert seen["search"] == [1, 1, 1, True]
    assert seen["polled"] is True
    assert seen["reviewable"] == [1, True]
    assert seen["assignments"] == [2, 2, "AWORKERONE1,AWORKERTWO2"]
    assert seen["answer"]
    assert "InvalidAssignmentState" in seen["twice"]
    assert seen["disposed"] == "Disposed"
    assert seen["expired"] == "Reviewable"
    assert seen["left"] == 0
    assert "invalid" in seen["unknown"]
