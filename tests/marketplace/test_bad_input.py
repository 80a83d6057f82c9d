"""Every value outside its constraint is refused with its code and changes nothing."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from adapter.migrations import METADATA
from tests.conftest import mturk_client
from tests.marketplace import bad_input
from tests.marketplace.test_api import post, signed
from tests.marketplace.workshop import a_hit, done, worker

CASES = bad_input.cases()
OPERATIONS = sorted({each.operation for each in CASES})


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    settings = Settings(data=tmp_path_factory.mktemp("data"), sqlite_synchronous="NORMAL")
    store = open_store(settings)
    store.migrate()
    key = accounts.create_account(store, "x")
    marketplace = Marketplace(settings, store)
    # something to be harmed: a HIT with work, a Qualification type
    mturk = mturk_client(marketplace, key)
    done(store, a_hit(mturk, MaxAssignments=2), worker(1))
    mturk.create_qualification_type(Name="x", Description="x", QualificationTypeStatus="Active")
    yield marketplace, store, key
    store.close()


def rows(store):
    """All that is stored, table by table."""
    with store.read() as connection:
        return {table.name: connection.execute(select(table)).all() for table in METADATA.sorted_tables}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_member_outside_its_constraint_gives_its_code_and_changes_nothing(service, operation):
    marketplace, store, key = service
    before = rows(store)
    for case in (each for each in CASES if each.operation == operation):
        body = json.dumps(case.request).encode()
        status, answer = post(marketplace, signed(key, operation, body), body)
        told = (case.member, case.fault, answer)
        assert (status, answer["__type"], answer["TurkErrorCode"]) == (400, "RequestError", case.code), told
        assert answer["Message"].startswith("1 validation error detected: Value "), told
        top = case.member.partition("[")[0].partition(".")[0]
        assert answer["Parameter"] == top, told
    assert rows(store) == before


def test_every_constrained_member_of_every_operation_is_among_the_cases():
    model = bad_input.service()
    members = {
        (name, member)
        for name, operation in model["operations"].items()
        for member in model["shapes"][operation["input"]["shape"]]["members"]
    }
    assert {(each.operation, each.member) for each in CASES if each.member.isalnum()} == members
