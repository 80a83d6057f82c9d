"""The command line does what it says, keeps secrets out of arguments and logs, and fails in one clear line."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import stat
import subprocess
import sys

import pytest
import requests
from lxml import etree

from adapter.cli.tables import operations_page, settings_page
from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.notifications.store import deliveries
from tests import processes
from tests.conftest import new_database
from tests.fixtures_live import ACCESS_KEY_ID, ROOT, SECRET_ACCESS_KEY, environment, free_port, start_server
from tests.marketplace.questions.documents import BINARY, overview
from tests.marketplace.workshop import EXTERNAL, a_hit, html_question


@pytest.fixture
def adapter(tmp_path):
    """Runs a command in an installation of its own: `adapter("keys", "list")`."""

    def run(*arguments, given="", **settings):
        env = environment(**{"data": tmp_path / "data", "port": free_port(), **settings})
        return processes.run("-m", "adapter.cli", *arguments, cwd=tmp_path, env=env, given=given)

    return run


@pytest.fixture
def call(live, tmp_path):
    """Runs `adapter call` against the shared server."""

    def run(*arguments, **settings):
        env = environment(data=live.data, port=live.port, **settings)
        return processes.run("-m", "adapter.cli", "call", *arguments, cwd=tmp_path, env=env)

    return run


def failed(done, *words):
    """One line on standard error, exit code 2, and nothing that looks like a stack trace."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_help_names_every_command(adapter):
    done = adapter("--help")
    assert done.returncode == 0
    for command in ("serve", "scheduler", "migrate", "keys", "operations", "settings", "call", "doctor"):
        assert re.search(rf"^  {command} ", done.stdout, re.MULTILINE), command


def test_a_key_can_be_made_listed_disabled_and_enabled(adapter):
    made = adapter("keys", "create", "--name", "Ann")
    identifier = re.search(r"access key id +(\S+)", made.stdout)[1]
    secret = re.search(r"secret access key +(\S+)", made.stdout)[1]
    listed = adapter("keys", "list").stdout
    assert re.search(rf"{identifier} .* Ann +yes ", listed)
    assert secret not in listed
    assert adapter("keys", "disable", identifier).returncode == 0
    assert re.search(rf"{identifier} .* Ann +no ", adapter("keys", "list").stdout)
    assert adapter("keys", "enable", identifier).returncode == 0
    assert re.search(rf"{identifier} .* Ann +yes ", adapter("keys", "list").stdout)
    assert adapter("keys", "enable", "AKIANOBODY").returncode == 2


def test_only_notifications_that_failed_are_sent_again(adapter, tmp_path):
    adapter("migrate")
    store = open_store(Settings(data=tmp_path / "data"))
    new = deliveries.Message(
        "A1", "T1", "REST", "https://r.example.org/", "2006-05-05", None, [{}], "d", "r.example.org"
    )
    with store.write() as connection:
        numbers = deliveries.add(connection, [new, new], 1, "sending")
    first, _ = deliveries.listed(store, ["sending"], 9)
    deliveries.finish(store, first, "failed", 2, error="it said 500")
    done = adapter("notifications", "retry", *map(str, numbers))
    assert done.stdout.startswith("1 of 2 are sent again")
    assert [each.seq for each in deliveries.listed(store, ["pending"], 9)] == [first.seq]
    store.close()
    assert adapter("notifications", "retry", "x").returncode == 2


@pytest.mark.parametrize("arguments", ["keys list", "workers list", "simulate workers --count 1 --until-idle"])
def test_a_command_on_a_current_database_waits_for_no_library_that_it_does_not_use(store, arguments):
    command = [sys.executable, "-X", "importtime", "-m", "adapter.cli", *arguments.split()]
    settings = environment(data=store.settings.data)
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    imported = re.findall(r"\| +(\w+)\n", done.stderr)
    assert "sqlalchemy" in imported, done.stderr
    assert {"alembic", "boto3", "botocore", "flask", "pycurl"}.isdisjoint(imported)


def test_an_account_can_have_a_second_key(adapter):
    account = re.search(r"account +(\S+)", adapter("keys", "create").stdout)[1]
    assert adapter("keys", "create", "--account", account).returncode == 0
    assert adapter("keys", "list").stdout.count(account) == 2
    failed(adapter("keys", "create", "--account", "nobody"), "nobody")


@pytest.mark.parametrize("way", ["standard input", "environment", "file"])
def test_an_existing_key_pair_is_imported_without_its_secret_on_the_command_line(adapter, tmp_path, way):
    arguments, given, settings = ["keys", "import", ACCESS_KEY_ID], "", {}
    if way == "standard input":
        given = SECRET_ACCESS_KEY + "\n"
    elif way == "environment":
        settings = {"secret_access_key": SECRET_ACCESS_KEY}
    else:
        (tmp_path / "secret").write_text(SECRET_ACCESS_KEY + "\n")
        arguments += ["--secret-file", "secret"]
    done = adapter(*arguments, given=given, **settings)
    assert done.returncode == 0, done.stderr
    assert SECRET_ACCESS_KEY not in done.stdout + done.stderr
    assert adapter(*arguments, given=given, **settings).returncode == 0  # the same again changes nothing
    assert adapter("keys", "list").stdout.count(ACCESS_KEY_ID) == 1
    failed(adapter("keys", "import", ACCESS_KEY_ID, given="another\n"), "another secret")


def test_an_empty_secret_is_refused(adapter):
    failed(adapter("keys", "import", ACCESS_KEY_ID), "nothing was given")


def test_the_encryption_key_is_made_on_first_use_for_its_owner_only(adapter, tmp_path):
    adapter("keys", "create")
    path = tmp_path / "data" / "encryption.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    database = b"".join(each.read_bytes() for each in (tmp_path / "data").glob("adapter.sqlite3*"))
    adapter("keys", "import", ACCESS_KEY_ID, given=SECRET_ACCESS_KEY)
    assert SECRET_ACCESS_KEY.encode() not in database


def test_settings_shows_of_secrets_only_whether_they_are_set(adapter):
    done = adapter("settings", root_secret_access_key=SECRET_ACCESS_KEY)
    assert SECRET_ACCESS_KEY not in done.stdout
    assert re.search(r"ADAPTER_ROOT_SECRET_ACCESS_KEY +\(set\)", done.stdout)
    assert re.search(r"ADAPTER_DATABASE_URL +\(not set\)", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "settings", "word"),
    [
        (["nonsense"], {}, "nonsense"),
        (["settings"], {"port": "http"}, "ADAPTER_PORT"),
        (["settings"], {"log_level": "LOUD"}, "ADAPTER_LOG_LEVEL"),
        (["migrate"], {"database_url": "postgresql+psycopg://a:s3cret@127.0.0.1:1/x"}, "127.0.0.1"),
        (["migrate"], {"database_url": "mysql://a@b/c"}, "ADAPTER_DATABASE_URL"),
        (["keys", "create"], {"encryption_key": "short"}, "ADAPTER_ENCRYPTION_KEY"),
        (["serve"], {"root_access_key_id": "AKIAALONE"}, "ADAPTER_ROOT_SECRET_ACCESS_KEY"),
        (["call", "Help", "nothing"], {}, "NAME=VALUE"),
        (["serve"], {"host": "no.such.host.invalid"}, "ADAPTER_HOST"),
        (["serve"], {"host": "192.0.2.1"}, "ADAPTER_HOST"),
        (["serve"], {"host": "unix:/nowhere/socket"}, "ADAPTER_HOST"),
        (["serve"], {"sqlite_synchronous": "MAYBE"}, "ADAPTER_SQLITE_SYNCHRONOUS"),
        (["serve"], {"receptor_networks": "home"}, "ADAPTER_RECEPTOR_NETWORKS"),
        (["workers", "add", "Ann"], {}, "--password-file"),
        (["keys", "import", "AKIAALONE"], {}, "--secret-file"),
        (["keys", "list"], {}, "ADAPTER_DATA"),
        (["keys", "disable", "AKIANOBODY"], {}, "ADAPTER_DATA"),
        (["workers", "list"], {}, "ADAPTER_DATA"),
        (["workers", "password", "Ann", "--password-file", "/dev/null"], {}, "ADAPTER_DATA"),
        (["notifications", "list"], {}, "ADAPTER_DATA"),
        (["layouts", "list"], {}, "ADAPTER_DATA"),
        (["simulate", "submit", "3X"], {}, "ADAPTER_DATA"),
        (["call", "Help"], {}, "ADAPTER_DATA"),
        (["doctor"], {}, None),
    ],
)
def test_a_mistake_is_answered_by_one_clear_line_and_nothing_is_made(adapter, tmp_path, arguments, settings, word):
    done = adapter(*arguments, **settings)
    if word is not None:
        failed(done, word)
        assert done.stderr.count("\n") == 1 or "Usage:" in done.stderr
    assert "s3cret" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_installation_without_a_key_is_told_how_to_make_one(adapter):
    adapter("migrate")
    failed(adapter("call", "Help"), "no enabled access key")
    failed(adapter("keys", "disable", "AKIANOBODY"), "AKIANOBODY")
    failed(adapter("keys", "skew", "AKIANOBODY", "--zoned", "5"), "AKIANOBODY")


def test_a_call_to_nobody_names_the_address_and_what_changes_it(adapter):
    adapter("keys", "create")
    failed(adapter("call", "GetAccountBalance", port=1), "nothing answers at http://127.0.0.1:1", "ADAPTER_PORT")
    failed(
        adapter("call", "GetAccountBalance", "--url", "http://no.such.host.invalid/"), "no.such.host.invalid", "--url"
    )


def test_a_port_that_is_taken_is_named_before_anything_is_made(adapter, live, tmp_path):
    done = adapter("serve", port=live.port, root_access_key_id="A", root_secret_access_key="B", workers=1)
    failed(done, f"ADAPTER_PORT: {live.port} is taken")
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_is_a_file_or_below_one_is_named(adapter, tmp_path):
    (tmp_path / "file").write_text("mine")
    for data in ("file", "file/below"):
        failed(adapter("serve", data=data), "ADAPTER_DATA", str(tmp_path / "file"))
        failed(adapter("keys", "create", data=data), "ADAPTER_DATA")
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_database_of_a_server_is_not_filled_by_a_command_that_reads(adapter, postgresql_server):
    with contextlib.contextmanager(new_database)(postgresql_server) as url:
        failed(adapter("keys", "list", database_url=url), "ADAPTER_DATABASE_URL")
        failed(adapter("keys", "list", database_url=url), "ADAPTER_DATABASE_URL")  # the first made no table
        assert adapter("migrate", database_url=url).returncode == 0
        assert adapter("keys", "list", database_url=url).returncode == 0


def test_doctor_finds_what_is_missing_and_what_is_well(adapter, server):
    done = adapter("doctor")
    assert done.returncode == 1
    assert re.search(r"^no   data folder: ", done.stdout, re.MULTILINE)
    assert re.search(r"^no   server: nothing answers at ", done.stdout, re.MULTILINE)
    running = server(workers=1)
    done = adapter("doctor", data=running.data, port=running.port)
    assert done.returncode == 0, done.stdout
    assert not re.search(r"^no ", done.stdout, re.MULTILINE)


def test_doctor_looks_at_an_empty_data_folder_and_makes_nothing_in_it(adapter, tmp_path):
    (tmp_path / "data").mkdir()
    found = adapter("doctor").stdout
    assert len(re.findall(r"^no   .*there is no database yet; `adapter migrate` makes it$", found, re.MULTILINE)) == 6
    assert list((tmp_path / "data").iterdir()) == []


def test_whatever_a_server_writes_is_for_its_owner_only(server, tmp_path):
    # as in a shell of most systems
    before = os.umask(0o022)
    try:
        live = server(data=tmp_path / "made" / "data")
    finally:
        os.umask(before)
    call = [
        sys.executable,
        "-m",
        "adapter.cli",
        "call",
        "RegisterHITType",
        "Title=t",
        "Description=d",
        "Reward.1.Amount=0",
    ]
    call += ["Reward.1.CurrencyCode=USD", "AssignmentDurationInSeconds=60"]
    subprocess.run(call, env=environment(data=live.data, port=live.port), check=True, capture_output=True)
    modes = {
        each.name: stat.S_IMODE(each.stat().st_mode) for each in [live.data.parent, live.data, *live.data.rglob("*")]
    }
    assert {"adapter.sqlite3", "adapter.sqlite3-wal", "adapter.sqlite3-shm", "encryption.key"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


def test_files_of_earlier_versions_are_closed_at_the_next_start_and_doctor_sees_open_ones(adapter, tmp_path):
    data = tmp_path / "data"
    adapter("keys", "create")
    for each in (data, *data.iterdir()):
        each.chmod(0o755 if each.is_dir() else 0o644)
    (data / "adapter.sqlite3.copy").touch()
    (data / "adapter.sqlite3.copy").chmod(0o644)
    found = adapter("doctor").stdout
    assert re.search(r"^no   data folder: .* has mode 0755; others can read it \(chmod 700\)", found, re.MULTILINE)
    assert re.search(
        r"^no   database: .*sqlite3\S* has mode 0644; others can read it \(chmod 600\)", found, re.MULTILINE
    )
    adapter("migrate")
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in data.glob("adapter.sqlite3*")}
    assert set(modes.values()) == {0o600}
    # the folder may be one that others use, so only doctor speaks of it
    data.chmod(0o700)
    found = adapter("doctor").stdout
    assert re.search("^yes  data folder: ", found, re.MULTILINE)
    assert re.search("^yes  database: ", found, re.MULTILINE)


def test_doctor_sees_a_key_file_that_others_can_read(adapter, tmp_path):
    adapter("keys", "create")
    (tmp_path / "data" / "encryption.key").chmod(0o644)
    assert re.search(r"^no   encryption key: .*0644", adapter("doctor").stdout, re.MULTILINE)


def test_doctor_names_a_hit_that_is_not_shown_as_its_page_would_get_the_sessions_of_workers(adapter, settings, mturk):
    hit_id = a_hit(mturk, Question=EXTERNAL.replace("example.com", "work.example:9000"))
    given = {"data": settings.data, "database_url": settings.database_url}
    found = adapter("doctor", site_url="https://work.example", **given).stdout
    assert f"no   requesters' pages: 1 open HITs, such as {hit_id}, are not shown" in found
    assert "yes  requesters' pages" in adapter("doctor", site_url="https://other.example", **given).stdout
    trusting = adapter("doctor", site_url="https://work.example", trust_site_host=1, **given).stdout
    assert "yes  requesters' pages" in trusting


def test_doctor_names_a_hit_that_nobody_can_do(adapter, settings, mturk):
    given = {"data": settings.data, "database_url": settings.database_url}
    a_hit(mturk, Question=html_question("<form action='/mturk/externalSubmit'><input name='a'></form>"))
    assert "yes  requesters' pages" in adapter("doctor", **given).stdout
    hit_id = a_hit(mturk, Question=html_question("<p>Only words</p>"))
    found = adapter("doctor", **given).stdout
    assert f"no   requesters' pages: 1 open HITs cannot be done by workers, such as {hit_id}: it has no form" in found


def test_doctor_names_a_form_with_a_picture_on_the_host_name_of_the_pages(adapter, settings, mturk):
    given = {"data": settings.data, "database_url": settings.database_url}
    hit_id = a_hit(mturk, Question=overview(BINARY.replace("http://example.com", "https://work.example:9000")))
    assert "yes  requesters' pages" in adapter("doctor", site_url="https://other.example", **given).stdout
    found = adapter("doctor", site_url="https://work.example", **given).stdout
    assert f"1 open HITs cannot be done by workers, such as {hit_id}: it has an address on the host name" in found


def test_a_host_for_content_that_cannot_work_is_named_by_doctor_and_at_start(adapter):
    problem = "ADAPTER_CONTENT_URL needs ADAPTER_SITE_URL"
    assert problem in adapter("doctor", content_url="http://content.example").stdout
    failed(adapter("serve", content_url="http://content.example"), problem)
    named = {"site_url": "http://localhost", "content_url": "http://{requester}.localhost"}
    adapter("migrate")
    assert "HTML is shown at http://{requester}.localhost\n" in adapter("doctor", **named).stdout
    shared = {**named, "content_url": "http://localhost:81"}
    assert "at http://localhost:81, whose storage all requesters share" in adapter("doctor", **shared).stdout


def test_doctor_sees_an_upstream_that_does_not_answer(adapter):
    assert re.search(
        r"^no   upstream and clock: ", adapter("doctor", upstream="http://127.0.0.1:1").stdout, re.MULTILINE
    )


def test_a_mistyped_variable_is_named_by_doctor_and_at_start(adapter):
    meant = "ADAPTER_DATABSE_URL is no setting; ADAPTER_DATABASE_URL was probably meant"
    found = adapter("doctor", databse_url="postgresql://hush@db/x").stdout
    assert f"no   variables: {meant}" in found
    assert "hush" not in found
    done = adapter("scheduler", "--once", databse_url="postgresql://hush@db/x")
    assert done.returncode == 0, done.stderr
    assert f"{meant}; it has no effect" in done.stderr
    assert "hush" not in done.stderr


def test_call_shows_an_answer_and_fails_on_an_error(call):
    done = call("GetAccountBalance")
    assert done.returncode == 0, done.stderr
    assert "\n      <IsValid>True</IsValid>\n" in done.stdout
    done = call("GetQualificationType", "QualificationTypeId=NONE", "--version", "2008-08-02")
    assert done.returncode == 1
    assert "AWS.MechanicalTurk.QualificationTypeDoesNotExist" in done.stdout


def test_call_reads_a_value_from_a_file(call, tmp_path):
    (tmp_path / "text").write_text("description & more")
    file = tmp_path / "text"
    done = call("CreateQualificationType", "Name=From a file", f"Description=@{file}", "QualificationTypeStatus=Active")
    assert "<Description>description &amp; more</Description>" in done.stdout


def test_call_signs_with_the_key_that_is_asked_for(call, tmp_path):
    (tmp_path / "secret").write_text("wrong")
    done = call("GetAccountBalance", "--key", ACCESS_KEY_ID, "--secret-file", str(tmp_path / "secret"))
    assert done.returncode == 1
    assert "AWS.NotAuthorized" in done.stdout


def test_worker_once_does_what_is_due_and_ends(adapter):
    assert adapter("scheduler", "--once").returncode == 0


def test_migrate_may_be_repeated(adapter):
    assert adapter("migrate").returncode == 0
    assert adapter("migrate").returncode == 0


def test_migrate_prepares_both_worlds(adapter):
    assert adapter("migrate").returncode == 0
    checked = adapter("doctor").stdout
    for name in ("database", "sandbox's database"):
        assert f"yes  {name}: sqlite answers" in checked


def test_where_there_is_no_sandbox_no_command_looks_into_one(adapter):
    failed(adapter("--sandbox", "workers", "list", sandbox="never"), "ADAPTER_SANDBOX")
    adapter("migrate", sandbox="never")
    assert "sandbox's" not in adapter("doctor", sandbox="never").stdout


def test_the_first_start_shows_a_key_pair_and_a_call_that_can_be_pasted(tmp_path):
    settings = {"root_access_key_id": "", "root_secret_access_key": "", "workers": 1}
    live = start_server(tmp_path, **settings)
    try:
        shown = live.log.read_text()
        identifier = re.search(r"access key id +(\S+)", shown)[1]
        secret = re.search(r"secret access key +(\S+)", shown)[1]
        pasted = subprocess.run(
            shlex.split(re.search(r"^ +(curl .*)$", shown, re.MULTILINE)[1]),
            capture_output=True,
            timeout=30,
            check=True,
        )
        root = etree.fromstring(pasted.stdout)
        assert root.tag == "RevokeQualificationResponse"
        assert root.findtext(".//Error/Code") == "AWS.MechanicalTurk.QualificationTypeDoesNotExist"
    finally:
        live.stop()
    again = start_server(tmp_path, data=live.data, **settings)
    again.stop()
    shown = again.log.read_text()
    assert shown.count(identifier) == 2  # the pair and the pasted call, both of the first start
    assert shown.count(secret) == 1


def test_the_key_pair_of_the_settings_is_imported_and_its_secret_never_shown(live):
    shown = live.log.read_text()
    assert SECRET_ACCESS_KEY not in shown
    assert shown.count("curl ") == 1


def test_every_line_of_the_log_can_be_written(tmp_path):
    live = start_server(tmp_path, workers=1, log_level="DEBUG")
    requests.get(f"{live.url}/?Operation=GetAccountBalance&Signature=CONFIDENTIAL", timeout=20)
    live.stop()
    shown = live.log.read_text()
    assert "Listening at" in shown
    assert "operation=GetAccountBalance" in shown
    assert "Logging error" not in shown
    assert "Traceback" not in shown
    assert "CONFIDENTIAL" not in shown


def test_the_address_of_the_server_shows_a_page_to_a_browser(live):
    page = requests.get(live.url, headers={"Accept": "text/html,*/*"}, timeout=20)
    assert page.headers["Content-Type"].startswith("text/html")
    assert f"{live.url}/" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_generated_pages_are_current():
    for name, page in (("operations.md", operations_page()), ("settings.md", settings_page())):
        assert (ROOT / "docs" / name).read_text() == page + "\n", f"adapter {name[:-3]} --markdown > docs/{name}"


def test_a_reader_that_stops_early_gets_no_stack_trace(tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "adapter.cli", "settings", "--markdown"],
        env=environment(data=tmp_path),
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert "Traceback" not in done.stderr
