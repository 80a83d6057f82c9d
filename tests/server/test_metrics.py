"""What Prometheus is told is right over all processes, bounded, and not for strangers."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from adapter import app
from adapter.core import clock
from adapter.core.store import accounts, outbox
from adapter.core.store.outbox import Event
from adapter.marketplace.store import timers
from adapter.notifications.store import deliveries
from tests import processes
from tests.fixtures_live import ask, environment, free_port

HEAD = "Host: x\r\nConnection: close\r\n"
JSON = "X-Amz-Target: MTurkRequesterServiceV20170117.GetAccountBalance\r\n"


@pytest.fixture
def watched(server):
    """Starts a server whose figures can be asked for: the server, and a function that asks."""

    def start(**settings):
        port = free_port()
        live = server(metrics_port=port, **settings)
        return live, lambda: scrape(port)

    return start


def scrape(port):
    """What Prometheus reads: {(name, labels): value}."""
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(figures, wanted, **labels):
    """The sum of a figure over all labels but these."""
    return sum(
        value for (name, own), value in figures.items() if name == wanted and labels.items() <= dict(own).items()
    )


def lines(live):
    found = [dict(re.findall(r"(\w+)=(\S+)", line)) for line in live.log.read_text().splitlines()]
    return [each for each in found if "request_id" in each and "ms" in each]


def send(live, head):
    return ask(live, (head + "\r\n").encode())


def wait_until(holds):
    limit = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.2)


def test_under_load_the_figures_of_eight_processes_add_up_to_the_lines_of_the_log(watched):
    live, ask_for = watched(workers=8, threads=2)
    calls = [
        f"GET /?Operation=Help&About=GetHIT HTTP/1.1\r\n{HEAD}",
        f"GET /?Operation=GetHIT&Signature=x HTTP/1.1\r\n{HEAD}",
        f"GET /?Operation=Nothing&Version=2008-08-02 HTTP/1.1\r\n{HEAD}",
        f"PUT / HTTP/1.1\r\n{HEAD}",
        f"POST / HTTP/1.1\r\n{HEAD}{JSON}",
        f"POST / HTTP/1.1\r\n{HEAD}Transfer-Encoding: zip\r\n",
        f"GET /mturk/findhits HTTP/1.1\r\n{HEAD}",
    ]
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda number: send(live, calls[number % len(calls)]), range(700)))
        meanwhile = ask_for()  # a scrape in between disturbs nothing
    assert all(answers)
    wait_until(lambda: len(lines(live)) >= 700)
    figures, logged = ask_for(), lines(live)
    assert total(meanwhile, "adapter_calls_total") <= len(logged) == 700
    assert total(figures, "adapter_calls_total") == total(figures, "adapter_call_seconds_count") == len(logged)
    for (protocol, operation, version), number in Counter(
        (each["protocol"], each["operation"], each["version"]) for each in logged
    ).items():
        labels = {"protocol": protocol, "operation": operation, "version": version}
        assert total(figures, "adapter_calls_total", **labels) == number, labels
    assert total(figures, "adapter_calls_total", outcome="ok") == sum(each["error"] == "-" for each in logged)
    # the server's own refusals, those of too much load among them, are the warnings
    refused = live.log.read_text().count(" WARNING adapter.request ")
    assert total(figures, "adapter_refusals_total") == refused >= 100
    spent = sum(float(each["ms"]) for each in logged) / 1000
    assert total(figures, "adapter_call_seconds_sum") == pytest.approx(spent, rel=0.01, abs=0.04)
    wait_until(lambda: total(ask_for(), "adapter_threads") == 16)


def test_what_a_dead_process_counted_goes_on_counting_and_its_threads_do_not(watched):
    live, ask_for = watched(workers=1, threads=3)
    send(live, f"GET /?Operation=Help&About=GetHIT HTTP/1.1\r\n{HEAD}")
    wait_until(lambda: total(ask_for(), "adapter_threads") == 3)
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(live.process.pid)], capture_output=True, text=True, check=True
    )
    for each in listed.stdout.split():
        os.kill(int(each), signal.SIGKILL)
    wait_until(lambda: "was sent SIGKILL" in live.log.read_text())
    wait_until(lambda: send(live, f"GET /healthz HTTP/1.1\r\n{HEAD}").endswith(b"ok\n"))
    send(live, f"GET /?Operation=Help&About=GetHIT HTTP/1.1\r\n{HEAD}")
    wait_until(lambda: total(ask_for(), "adapter_threads") == 3)
    assert total(ask_for(), "adapter_calls_total", operation="Help") == 2


def test_a_server_leaves_nothing_behind_and_starts_at_the_same_port_again(watched, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    live, ask_for = watched(workers=1)
    (folder,) = tmp_path.glob("adapter-metrics-*")
    assert ask_for()
    live.stop()
    assert not folder.exists()


def test_the_port_of_the_service_tells_no_figures(watched):
    live, _ = watched(workers=1)
    answer = send(live, f"GET /metrics HTTP/1.1\r\n{HEAD}")
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"adapter_" not in answer


def test_what_strangers_make_up_becomes_no_label(watched):
    live, ask_for = watched(workers=1)
    signed = "Authorization: AWS4-HMAC-SHA256 Credential=SECRET/20260101/us-east-1/secret/aws4_request, Signature=x\r\n"
    for head in (
        f"GET /?Operation=Secret&Version=SECRET HTTP/1.1\r\n{HEAD}",
        f"POST /secret HTTP/1.1\r\n{HEAD}{signed}",
        f"POST / HTTP/1.1\r\n{HEAD}X-Amz-Target: Secret.Secret\r\n",
        f"GET /mturk/secret HTTP/1.1\r\n{HEAD}",
        f"GET /mturk/preview?groupId=SECRET HTTP/1.1\r\n{HEAD}",
    ):
        send(live, head)
    figures = ask_for()
    assert total(figures, "adapter_calls_total") >= 4
    assert not [labels for _, labels in figures if "secret" in str(labels).lower()]


def test_the_calls_that_a_legacy_call_makes_are_counted_with_what_became_of_them(watched):
    live, ask_for = watched(workers=2)
    for call in (["GetAccountBalance"], ["GetAccountBalance"], ["GetHIT", "HITId=3NOTHERE"]):
        env = environment(data=live.data, port=live.port)
        processes.run("-m", "adapter.cli", "call", *call, cwd=live.data, env=env)
    figures, logged = ask_for(), lines(live)
    assert total(figures, "adapter_upstream_seconds_count", operation="GetAccountBalance", outcome="ok") == 2
    assert total(figures, "adapter_upstream_seconds_count", operation="GetHIT", outcome="refused") == 1
    assert total(figures, "adapter_upstream_seconds_count") == sum(int(each["upstream_calls"]) for each in logged)


def test_of_each_world_is_told_whether_its_database_answers(watched):
    live, ask_for = watched(workers=1)
    (live.data / "sandbox" / "adapter.sqlite3").write_bytes(b"no database" * 1000)
    figures = ask_for()
    assert total(figures, "adapter_database_up", world="production") == 1
    assert total(figures, "adapter_database_up", world="sandbox") == 0
    assert {dict(labels)["world"] for name, labels in figures if name == "adapter_timers_overdue"} == {"production"}


@pytest.fixture
def scheduler(settings, tmp_path):
    """Starts `adapter scheduler` on its own; what it gives is ended with the test."""
    started = []

    def start(**more):
        env = environment(data=settings.data, **more)
        log = tmp_path / f"scheduler{len(started)}.log"
        started.append(processes.start(("-m", "adapter.cli", "scheduler"), env=env, cwd=tmp_path, stdout=log))
        return started[-1], log

    yield start
    for each in started:
        if each.poll() is None:
            each.send_signal(signal.SIGTERM)
            each.wait(30)


def test_a_scheduler_on_its_own_tells_its_jobs_and_what_waits(scheduler, store):
    key = accounts.create_account(store, "Requester")
    with store.write() as connection:
        outbox.add_events(connection, Event(key.account_id, "HITExpired", "3TYPE", "3HIT", None, clock.milliseconds()))
    port = free_port()
    running, _ = scheduler(scheduler_metrics_port=port, sandbox="never")
    found = {}

    def told():
        with contextlib.suppress(requests.ConnectionError):
            found.update(scrape(port))
        return total(found, "adapter_job_seconds_count", job_name="timers") >= 2

    wait_until(told)
    jobs = {dict(labels)["job_name"] for name, labels in found if name == "adapter_job_seconds_count"}
    assert jobs == {
        "disabling",
        "extensions",
        "open calls",
        "retention",
        "notifications",
        "timers",
        "uploads",
        "answers",
    }
    assert total(found, "adapter_database_up", world="production") == 1
    assert total(found, "adapter_timers_overdue") == 0
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    with pytest.raises(requests.ConnectionError):
        scrape(port)


def test_a_scheduler_whose_port_is_taken_says_so(scheduler):
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        running, log = scheduler(scheduler_metrics_port=port)
        assert running.wait(60) == 2
    assert f"ADAPTER_SCHEDULER_METRICS_PORT: {port} is taken" in log.read_text()


def test_what_waits_in_the_database_is_told(settings, store):
    key = accounts.create_account(store, "Requester")
    now = clock.milliseconds()
    with store.write() as connection:
        timers.schedule(connection, key.account_id, "late", "3LATE", now - 90_000)
        timers.schedule(connection, key.account_id, "later", "3LATER", now + 90_000)
        outbox.add_events(connection, Event(key.account_id, "HITExpired", "3TYPE", "3HIT", None, now - 30_000))
    told = app.figures(settings, store)
    assert told["adapter_timers_overdue"] == 1
    assert 90 <= told["adapter_timers_overdue_seconds"] < 150
    assert told["adapter_events_waiting"] == 1
    assert 30 <= told["adapter_events_waiting_seconds"] < 90
    assert told["adapter_deliveries"] == {"pending": 0, "sending": 0, "failed": 0}
    assert "adapter_accounts_below_balance" not in told


def test_dead_letters_are_told_and_what_was_delivered_is_not_counted(settings, store):
    new = deliveries.Message(
        account_id="A1", hit_type_id="3TYPE", transport="REST", destination="http://x.test/", version="2006-05-05",
        access_key_id=None, events=[], document_id="d", lane="x.test",
    )  # fmt: skip
    with store.write() as connection:
        for state in ("failed", "failed", "pending", "delivered"):
            deliveries.add(connection, [new], clock.milliseconds(), state)
    assert app.figures(settings, store)["adapter_deliveries"] == {"pending": 1, "sending": 0, "failed": 2}


@pytest.mark.parametrize(("alarm", "below"), [("9999.99", 0), ("10000.00", 0), ("10000.01", 1)])
def test_accounts_below_the_balance_of_the_alarm_are_counted(settings, store, alarm, below):
    accounts.create_account(store, "Requester")
    assert app.figures(replace(settings, balance_alarm=alarm), store)["adapter_accounts_below_balance"] == below
