"""The sandbox and production: two worlds in one server, told apart by the host name that is asked for."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import re
import uuid
from urllib.parse import urlsplit

import pytest
from sqlalchemy import make_url

from adapter import create_app
from adapter.core.database import DatabaseError, open_store
from adapter.core.database.health import migrated
from adapter.core.settings import Settings, SettingsError
from adapter.core.store import accounts
from adapter.core.worlds import sandbox_of
from adapter.marketplace.domain import assignment_lifecycle, uploads
from adapter.marketplace.questions.documents import GivenAnswer
from tests.conftest import mturk_client
from tests.legacy_client import A_HIT, FORM, HTML, Client, Http
from tests.pages.worker.visiting import Visitor

SANDBOX = "mechanicalturk.sandbox.amazonaws.com"
MODERN_SANDBOX = "mturk-requester-sandbox.us-east-1.amazonaws.com"
PRODUCTION = "mechanicalturk.amazonaws.com"
PRICE = {"Amount": "0.05", "CurrencyCode": "USD"}


@dataclasses.dataclass
class Installation:
    """An application in this process with an account, and the store of each of its worlds."""

    settings: Settings
    app: object
    store: object
    sandbox_store: object
    key: object

    def client(self, host, key=None):
        """An old client that asks under this host name."""
        web = self.app.test_client()

        def send(method, path, query, body, headers):
            given = {"method": method, "query_string": query.decode(), "data": body, "headers": headers}
            answer = web.open(path, base_url=f"http://{host}", **given)
            return Http(answer.status_code, dict(answer.headers), answer.get_data())

        return Client(key or self.key, send)

    def modern(self, host):
        """A boto3 client that asks under this host name."""

        def under_that_name(environ, start_response):
            return self.app(environ | {"HTTP_HOST": host}, start_response)

        found = mturk_client(under_that_name, self.key)
        # what is signed is the name that is asked for
        found.meta.events.register("before-sign.mturk", lambda request, **_: request.headers.add_header("Host", host))
        return found


@contextlib.contextmanager
def installation(settings):
    beside = open_store(sandbox_of(settings))
    beside.migrate()
    store = open_store(settings)
    key = accounts.create_account(store, "Requester")
    app = create_app(settings)
    yield Installation(settings, app, store, beside, key)
    for each in (beside, store, app.extensions["sandbox"].store):
        each.close()


@pytest.fixture
def settings(settings):
    return dataclasses.replace(settings, sandbox="names")


@pytest.fixture
def any_settings(any_settings):
    return dataclasses.replace(any_settings, sandbox="names")


@pytest.fixture
def installed(settings):
    with installation(settings) as found:
        yield found


@pytest.fixture
def any_installed(any_settings):
    with installation(any_settings) as found:
        yield found


def make_one_of_each(legacy, store):
    """What every list has a row of, then; the ids by which rows are asked for."""
    kind = legacy.qualification_type(f"Skill of {id(store)}")
    hit_id, done = legacy.hit(), legacy.hit()
    assignment_id = assignment_lifecycle.accept(store, "AWORKERONE1", done, ignore_requirements=True).assignment_id
    assignment_lifecycle.submit(store, "AWORKERONE1", assignment_id, [GivenAnswer("q1", "yes")])
    legacy.call("GrantBonus", WorkerId="AWORKERONE1", AssignmentId=assignment_id, BonusAmount=PRICE, Reason="r")
    legacy.call("BlockWorker", WorkerId="AWORKERTWO2", Reason="r")
    legacy.call("AssignQualification", QualificationTypeId=kind, WorkerId="AWORKERONE1", IntegerValue="1")
    return {"HITId": hit_id, "done": done, "AssignmentId": assignment_id, "QualificationTypeId": kind}


def lists(legacy):
    """The total of every list of an account that an old client can ask for."""
    asked = {
        "SearchHITs": {},
        "GetReviewableHITs": {},
        "GetBlockedWorkers": {},
        "SearchQualificationTypes": {"MustBeRequestable": "false", "MustBeOwnedByCaller": "true"},
        "GetQualificationRequests": {},
    }
    return {name: int(legacy.call(name, **given).findtext("TotalNumResults")) for name, given in asked.items()}


def modern_lists(mturk):
    """The number of rows of the same lists by the 2017-01-17 API."""
    return {
        "hits": len(mturk.list_hits()["HITs"]),
        "reviewable": len(mturk.list_reviewable_hits()["HITs"]),
        "blocks": len(mturk.list_worker_blocks()["WorkerBlocks"]),
        "types": len(
            mturk.list_qualification_types(MustBeRequestable=False, MustBeOwnedByCaller=True)["QualificationTypes"]
        ),
        "requests": len(mturk.list_qualification_requests()["QualificationRequests"]),
    }


def test_nothing_of_one_world_is_seen_in_the_other(any_installed):
    worlds = {
        PRODUCTION: (any_installed.client(PRODUCTION), any_installed.modern("mturk-requester.us-east-1.amazonaws.com")),
        SANDBOX: (any_installed.client(SANDBOX), any_installed.modern(MODERN_SANDBOX)),
    }
    assert worlds[SANDBOX][0].call("GetAccountBalance") is not None  # which gives the account a place there
    full = {"SearchHITs": 2, "GetReviewableHITs": 1, "GetBlockedWorkers": 1, "SearchQualificationTypes": 1}
    for here, there, store in (
        (PRODUCTION, SANDBOX, any_installed.store),
        (SANDBOX, PRODUCTION, any_installed.sandbox_store),
    ):
        before, modern_before = lists(worlds[there][0]), modern_lists(worlds[there][1])
        made = make_one_of_each(worlds[here][0], store)
        assert lists(worlds[here][0]) == {**full, "GetQualificationRequests": 0}
        assert list(modern_lists(worlds[here][1]).values()) == [2, 1, 1, 1, 0]
        assert lists(worlds[there][0]) == before
        assert modern_lists(worlds[there][1]) == modern_before
        elsewhere = worlds[there][0]
        done = {"HITId": made["done"]}
        for name, given in {
            "GetHIT": done,
            "GetAssignmentsForHIT": done,
            "GetAssignment": {"AssignmentId": made["AssignmentId"]},
            "GetBonusPayments": done,
            "GetQualificationType": {"QualificationTypeId": made["QualificationTypeId"]},
            "GetQualificationsForQualificationType": {"QualificationTypeId": made["QualificationTypeId"]},
            "DisableHIT": {"HITId": made["HITId"]},
            "ApproveAssignment": {"AssignmentId": made["AssignmentId"]},
        }.items():
            code = elsewhere.error(name, **given)
            assert re.fullmatch(r"AWS\.MechanicalTurk\.\w+(DoesNotExist|NotFound)|AWS\.\w+", code), (name, code)
        assert worlds[here][0].call("ApproveAssignment", AssignmentId=made["AssignmentId"]) is not None


def test_an_equal_token_makes_a_hit_in_each_world(installed):
    made = {host: installed.client(host).hit(UniqueRequestToken="one and the same") for host in (PRODUCTION, SANDBOX)}
    again = installed.client(SANDBOX)
    assert (
        again.error("CreateHIT", **A_HIT, UniqueRequestToken="one and the same")
        == "AWS.MechanicalTurk.HITAlreadyExists"
    )
    assert made[PRODUCTION] != made[SANDBOX]


def test_the_balance_of_the_sandbox_is_10000_dollars_whatever_is_spent(installed):
    sandbox, production = installed.client(SANDBOX), installed.client(PRODUCTION)
    dear = {"Reward": {"Amount": "900", "CurrencyCode": "USD"}, "MaxAssignments": "9"}
    for _ in range(3):
        hit_id = sandbox.hit(**dear)
    assignment_id = assignment_lifecycle.accept(
        installed.sandbox_store, "AWORKERONE1", hit_id, ignore_requirements=True
    ).assignment_id
    assignment_lifecycle.submit(installed.sandbox_store, "AWORKERONE1", assignment_id, [GivenAnswer("q1", "yes")])
    sandbox.call("ApproveAssignment", AssignmentId=assignment_id)
    bonus = {"Amount": "9000", "CurrencyCode": "USD"}
    for _ in range(2):
        sandbox.call("GrantBonus", WorkerId="AWORKERONE1", AssignmentId=assignment_id, BonusAmount=bonus, Reason="r")
    sandbox.call("ForceExpireHIT", HITId=hit_id)
    balance = "AvailableBalance/Amount"
    assert sandbox.call("GetAccountBalance").findtext(balance) == "10000.000"
    assert installed.modern(MODERN_SANDBOX).get_account_balance()["AvailableBalance"] == "10000.00"
    assert production.call("GetAccountBalance").findtext(balance) == "10000.000"
    production.hit(**{**dear, "MaxAssignments": "1"})
    assert production.call("GetAccountBalance").findtext(balance) == "8920.000"
    assert sandbox.call("GetAccountBalance").findtext(balance) == "10000.000"


def test_a_key_pair_works_in_both_worlds_from_when_it_is_made_until_it_is_disabled(installed):
    key = accounts.create_account(installed.store, "Late")
    for host in (SANDBOX, PRODUCTION):
        assert installed.client(host, key).call("GetAccountBalance") is not None
    stranger = dataclasses.replace(key, secret_access_key="wrong")
    assert installed.client(SANDBOX, stranger).error("GetAccountBalance") == "AWS.NotAuthorized"
    accounts.disable_key(installed.store, key.access_key_id)
    with_new_caches = dataclasses.replace(installed, app=create_app(installed.settings))
    for host in (SANDBOX, PRODUCTION):
        assert with_new_caches.client(host, key).error("GetAccountBalance") == "AWS.NotAuthorized"


def test_workers_of_one_world_and_their_hits_are_unknown_in_the_other(installed):
    production_hit, sandbox_hit = (
        installed.client(PRODUCTION).hit(Title="Real"),
        installed.client(SANDBOX).hit(Title="Play"),
    )

    def under(host):
        return lambda environ, start: installed.app(environ | {"HTTP_HOST": host}, start)

    real = Visitor(under("worker.mturk.com"), installed.store, "Ada")
    play = Visitor(under("workersandbox.mturk.com"), installed.sandbox_store, "Ada")
    assert real.worker_id != play.worker_id
    for visitor, own, other, title, hidden in (
        (real, production_hit, sandbox_hit, "Real", "Play"),
        (play, sandbox_hit, production_hit, "Play", "Real"),
    ):
        found = visitor.get("/mturk/findhits").text
        assert title in found
        assert hidden not in found
        assert visitor.get(f"/mturk/preview?hitId={own}").status == 200
        assert visitor.get(f"/mturk/preview?hitId={other}").status == 404
    assert "no money is paid" in play.get("/mturk/findhits").html
    assert "no money is paid" not in real.get("/mturk/findhits").html


def test_a_question_in_the_sandbox_is_told_to_submit_there(installed):
    hit_id = installed.client(SANDBOX).hit()
    worker = Visitor(
        lambda environ, start: installed.app(environ | {"HTTP_HOST": "workersandbox.mturk.com"}, start),
        installed.sandbox_store,
    )
    page = worker.send(worker.get(f"/mturk/preview?hitId={hit_id}").form("/mturk/accept"))
    frame = next(each for each in page.tree.iter("iframe"))
    assert "turkSubmitTo=http%3A%2F%2Fworkersandbox.mturk.com" in frame.get("src")


def test_html_of_the_sandbox_has_hosts_of_its_own(settings):
    urls = {"site_url": "http://localhost", "content_url": "http://{requester}.localhost"}
    with installation(dataclasses.replace(settings, **urls)) as here:
        hit_id = here.client(SANDBOX).hit(Question=HTML)
        worker = Visitor(
            lambda environ, start: here.app(environ | {"HTTP_HOST": "sandbox.localhost"}, start), here.sandbox_store
        )
        page = worker.get(f"/mturk/preview?hitId={hit_id}")
        address = urlsplit(next(each for each in page.tree.iter("iframe")).get("src"))
        assert re.fullmatch("sandbox-[0-9a-f]{20}[.]localhost", address.netloc)
        found = here.app.test_client().get(f"{address.path}?{address.query}", base_url=f"http://{address.netloc}")
        assert found.status_code == 200
        assert "http://sandbox.localhost/mturk/externalSubmit" in found.text


def test_a_session_of_one_world_is_worth_nothing_in_the_other(installed):
    cookies = Visitor(installed.app, installed.store).client
    page = cookies.get("/mturk/dashboard", base_url="http://sandbox.localhost")
    token = cookies.get_cookie("mturk_worker").value
    answer = cookies.get(
        "/mturk/dashboard", base_url="http://sandbox.localhost", headers={"Cookie": f"mturk_worker={token}"}
    )
    for each in (page, answer):
        assert each.status_code == 303
        assert each.headers["Location"].startswith("/mturk/beginsignin")


@pytest.mark.parametrize(
    ("headers", "kind", "words"),
    [
        ({}, "text/xml", "<Code>AWS.BadRequest</Code>"),
        ({"SOAPAction": '""', "Content-Type": "text/xml"}, "text/xml", "faultcode"),
        ({"X-Amz-Target": "MTurkRequesterServiceV20170117.ListHITs"}, "application/x-amz-json-1.1", "RequestError"),
    ],
    ids=["rest", "soap", "modern"],
)
def test_where_there_is_no_sandbox_its_names_are_refused(settings, store, headers, kind, words):
    app = create_app(dataclasses.replace(settings, sandbox="never"))
    answer = app.test_client().post("/", base_url=f"http://{SANDBOX}", headers=headers)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith(kind)
    assert words in answer.text
    assert app.test_client().get("/readyz").status_code == 200
    assert store is not None


def test_all_is_sandbox_where_the_setting_says_so(settings):
    with installation(settings) as here:
        all_of_it = dataclasses.replace(here, app=create_app(dataclasses.replace(settings, sandbox="always")))
        hit_id = all_of_it.client("localhost").hit()
        assert here.client(SANDBOX).call("GetHIT", HITId=hit_id).findtext("HITId") == hit_id
        assert here.client(PRODUCTION).error("GetHIT", HITId=hit_id) == "AWS.MechanicalTurk.HITDoesNotExist"


def test_no_call_of_the_sandbox_reaches_the_upstream_of_production(settings):
    away = dataclasses.replace(settings, upstream="http://127.0.0.1:9")
    with installation(away) as here:
        assert here.client(SANDBOX).hit()
        assert here.client(PRODUCTION).raw("GetAccountBalance").status == 503


def test_links_to_files_lead_to_the_sandbox(settings):
    def address(**changed):
        return sandbox_of(dataclasses.replace(settings, **changed)).address

    assert address() == "http://sandbox.localhost:8000"
    assert address(site_url="https://turk.example.org:8443/") == "https://sandbox.turk.example.org:8443"
    assert address(site_url="https://a.example", sandbox_url="https://sandbox-a.example") == "https://sandbox-a.example"
    assert address(site_url="http://127.0.0.1:8000") == "http://sandbox.localhost:8000"
    assert address(sandbox="always", site_url="https://turk.example.org") == "https://turk.example.org"
    with pytest.raises(SettingsError, match="ADAPTER_SANDBOX_URL"):
        address(sandbox_url="https://other.example")


def test_a_sandbox_whose_schema_is_gone_does_not_work_in_production(postgresql_url, tmp_path):
    with installation(Settings(data=tmp_path, database_url=postgresql_url, threads=2)) as here:
        with here.store.write() as connection:
            connection.exec_driver_sql("ALTER SCHEMA sandbox RENAME TO elsewhere")
        here.sandbox_store.close()
        with here.sandbox_store.read() as connection, pytest.raises(DatabaseError, match="does not exist"):
            connection.exec_driver_sql("SELECT * FROM accounts")


def test_a_user_who_may_not_make_the_schema_is_told_what_to_do(postgresql_url, tmp_path):
    role = f"role_{uuid.uuid4().hex}"
    admin = open_store(Settings(data=tmp_path, database_url=postgresql_url, threads=1))
    with admin.write() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        connection.exec_driver_sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
    theirs = make_url(postgresql_url).set(username=role).render_as_string(hide_password=False)
    limited = open_store(sandbox_of(Settings(data=tmp_path, database_url=theirs, threads=1)))
    with pytest.raises(SettingsError, match="ADAPTER_SANDBOX=never"):
        limited.migrate()
    with admin.write() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA sandbox AUTHORIZATION {role}")
    limited.migrate()
    assert migrated(limited)
    limited.close()
    with admin.write() as connection:
        connection.exec_driver_sql("DROP SCHEMA sandbox CASCADE")
        connection.exec_driver_sql(f"DROP OWNED BY {role}")
        connection.exec_driver_sql(f"DROP ROLE {role}")
    admin.close()


def test_the_front_page_says_that_it_is_the_sandbox(installed):
    web = installed.app.test_client()
    pages = [
        web.get("/", base_url=f"http://{host}", headers={"Accept": "text/html"}).text for host in (SANDBOX, PRODUCTION)
    ]
    assert ["no money is paid" in each for each in pages] == [True, False]
    assert f"http://{SANDBOX}/" in pages[0]


def test_an_uploaded_file_is_fetched_from_the_sandbox_alone(installed):
    sandbox, store = installed.client(SANDBOX), installed.sandbox_store
    sizes = "<MaxFileSizeInBytes>10</MaxFileSizeInBytes><MinFileSizeInBytes>1</MinFileSizeInBytes>"
    file = f"<FileUploadAnswer>{sizes}</FileUploadAnswer>"
    hit_id = sandbox.hit(Question=FORM.replace("<FreeTextAnswer/>", file))
    assignment_id = assignment_lifecycle.accept(store, "AWORKERONE1", hit_id, ignore_requirements=True).assignment_id
    uploads.store_upload(store, "AWORKERONE1", assignment_id, "q1", "a.txt", "text/plain", io.BytesIO(b"play"))
    assignment_lifecycle.submit(store, "AWORKERONE1", assignment_id, [])
    asked = sandbox.call("GetFileUploadURL", AssignmentId=assignment_id, QuestionIdentifier="q1")
    address = urlsplit(asked.findtext("FileUploadURL"))
    assert address.netloc == "sandbox.localhost:8000"
    web = installed.app.test_client()
    with web.get(address.path, base_url="http://sandbox.localhost:8000") as answer:
        assert answer.data == b"play"
    assert web.get(address.path, base_url="http://localhost:8000").status_code == 404
