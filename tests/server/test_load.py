"""Under load and at its end the server refuses what it cannot do, loses nothing, and lets no client stop the others."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections import Counter

import pytest
import requests
from lxml import etree

from tests import processes
from tests.fixtures_live import ask, environment, free_port

ECHO = ("-m", "tests.server.echo")


def get(live, path, headers=""):
    return ask(live, f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n".encode(), seconds=40)


def children(live):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(live.process.pid)], capture_output=True, text=True, check=False
    )
    return [int(each) for each in listed.stdout.split()]


def due_work(live):
    """The process that does the due work now."""
    return int(re.findall(r"due work in process (\d+)", live.log.read_text())[-1])


def wait_until(holds, seconds=60):
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.1)


def test_a_process_that_may_open_no_more_files_goes_on_with_what_it_has(server):
    live = server((*ECHO, "60"), workers=1, threads=2)
    answers = []
    caller = threading.Thread(target=lambda: answers.append(get(live, "/sleep?3")))
    caller.start()
    more = [socket.create_connection(("127.0.0.1", live.port)) for _ in range(80)]
    wait_until(lambda: "no connection can be accepted" in live.log.read_text())
    caller.join()
    for each in more:
        each.close()
    assert [each.split()[1] for each in [*answers, get(live, "/after")]] == [b"200", b"200"]
    assert "Exception in worker process" not in live.log.read_text()


def test_what_could_only_be_queued_for_too_long_is_refused_with_503(server):
    live = server(ECHO, workers=1, threads=1)
    answers = []
    callers = [threading.Thread(target=lambda: answers.append(get(live, "/sleep?0.3"))) for _ in range(14)]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    statuses = Counter(answer.split()[1] for answer in answers)
    assert set(statuses) == {b"200", b"503"}
    assert statuses[b"200"] >= 8  # one in work, seven waiting
    refusal = next(answer for answer in answers if b" 503 " in answer)
    body = refusal.partition(b"\r\n\r\n")[2]
    assert etree.fromstring(body).findtext("Errors/Error/Code") == "ServiceUnavailable"


def test_a_soap_client_is_refused_under_load_with_a_fault_under_500(server):
    live = server(ECHO, workers=1, threads=1)
    answers = []
    action = 'SOAPAction: ""\r\n'
    callers = [threading.Thread(target=lambda: answers.append(get(live, "/sleep?0.3", action))) for _ in range(14)]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert {answer.split()[1] for answer in answers} == {b"200", b"500"}
    refusal = next(answer for answer in answers if b" 500 " in answer)
    fault = etree.fromstring(refusal.partition(b"\r\n\r\n")[2])
    assert fault.findtext(".//faultcode") == "aws:Server.ServiceUnavailable"


@pytest.mark.slow
def test_a_call_that_hangs_is_answered_in_band_because_it_may_have_happened(server):
    live = server(ECHO, workers=1, threads=8, request_timeout=2)
    answer = get(live, "/sleep?8")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    root = etree.fromstring(answer.partition(b"\r\n\r\n")[2])
    assert root.findtext("OperationRequest/Errors/Error/Code") == "AWS.ServiceUnavailable"


@pytest.mark.slow
def test_when_half_of_the_threads_hang_the_process_is_replaced(server):
    live = server(ECHO, workers=1, threads=2, request_timeout=2)
    before = set(children(live))
    get(live, "/sleep?7")
    limit = time.monotonic() + 45
    while time.monotonic() < limit and not set(children(live)) - before:
        time.sleep(0.2)
    assert get(live, "/").startswith(b"HTTP/1.1 200 OK")
    assert set(children(live)) - before


def test_slow_clients_hold_no_thread(server):
    live = server(ECHO, workers=1, threads=1)
    slow = [socket.create_connection((live.host, live.port)) for _ in range(30)]
    for number, each in enumerate(slow):
        each.sendall(b"GET / HTTP/1.1\r\nHost: slow" if number % 2 else b"G")
    assert get(live, "/").startswith(b"HTTP/1.1 200 OK")
    # they had not been given up meanwhile
    slow[1].sendall(b"\r\nConnection: close\r\n\r\n")
    slow[1].settimeout(40)
    assert slow[1].recv(65536).startswith(b"HTTP/1.1 200 OK")
    for each in slow:
        each.close()


def test_many_endless_request_lines_do_not_fill_the_memory(server):
    live = server(ECHO, workers=1, threads=2)
    (serving,) = set(children(live)) - {due_work(live)}
    before = _memory(serving)
    attackers = [socket.create_connection((live.host, live.port)) for _ in range(120)]
    for each in attackers:
        with contextlib.suppress(OSError):
            each.settimeout(2)
            each.sendall(b"GET /" + b"a" * 900_000)
    assert get(live, "/").startswith(b"HTTP/1.1 200 OK")
    assert _memory(serving) - before < 150 * 1024 * 1024
    for each in attackers:
        each.close()


def test_of_large_requests_only_so_many_are_worked_on_at_once_and_none_holds_up_the_small_ones(server):
    live = server(ECHO, workers=1, threads=16)
    ask_for = b"POST /together HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    large = ask_for % 4_000_000 + b"a" * 4_000_000
    small = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answers = []

    def send(data):
        with socket.create_connection((live.host, live.port)) as client:
            client.sendall(data)
            answers.append(client.makefile("rb").read())

    # one of them hides behind a small request on its connection
    clients = [threading.Thread(target=send, args=(data,)) for data in (small + large, *[large] * 11)]
    for each in clients:
        each.start()
    assert get(live, "/").startswith(b"HTTP/1.1 200 OK")
    for each in clients:
        each.join()
    together = [int(answer.rpartition(b"\r\n\r\n")[2]) for answer in answers]
    assert len(together) == 12
    assert max(together) == 4


def test_large_requests_that_would_wait_for_too_long_are_refused_with_503(server):
    live = server(ECHO, workers=1, threads=8)
    large = (
        b"POST /sleep?11 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n" + b"a" * 2_000_000
    )
    statuses = []
    clients = [
        threading.Thread(target=lambda: statuses.append(ask(live, large, seconds=40).split()[1])) for _ in range(6)
    ]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    assert Counter(statuses) == {b"200": 4, b"503": 2}


def _memory(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as state:  # noqa: PTH123
        return int(state.read().split()[1]) * 4096


@pytest.mark.slow
def test_a_client_that_reads_slowly_gets_its_whole_answer(server):
    live = server(ECHO, workers=1, threads=2)
    with socket.create_connection((live.host, live.port)) as client:
        client.sendall(b"GET /large?40000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        time.sleep(17)  # longer than a client may pause while it sends
        received = 0
        while piece := client.recv(1 << 20):
            received += len(piece)
    assert received > 40_000_000


def test_a_large_body_that_nobody_reads_does_not_destroy_the_answer(live):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n"
    answer = ask(live, head, *[b"a" * 100_000] * 80)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"<Errors>" in answer


@pytest.mark.parametrize(("path", "kind"), [("/", b"text/xml"), ("/mturk/submit", b"text/html")])
def test_a_body_that_nobody_would_take_is_refused_before_it_is_sent(live, path, kind):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n"
    answer = ask(live, head.encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Content-Type: " + kind in answer


def test_calls_in_flight_are_finished_and_idle_connections_do_not_delay_the_end(server):
    live = server(ECHO, workers=1, threads=2)
    idle = requests.Session()
    idle.get(live.url + "/")
    answers = []
    caller = threading.Thread(target=lambda: answers.append(get(live, "/sleep?1.5")))
    caller.start()
    time.sleep(0.5)
    assert live.stop() == 0  # stop would kill a server that waits for an idle connection
    caller.join()
    assert json.loads(answers[0].partition(b"\r\n\r\n")[2])["path"] == "/sleep"


def test_due_work_is_begun_again_when_its_process_dies_and_ends_with_the_server(server):
    live = server(ECHO, workers=1)
    first = due_work(live)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: due_work(live) != first)
    second = due_work(live)
    wait_until(lambda: len(children(live)) == 2)
    assert get(live, "/").startswith(b"HTTP/1.1 200 OK")
    assert live.stop() == 0
    assert not _alive(second)


def test_due_work_has_one_process_after_all_were_replaced(server):
    live = server(ECHO, workers=2)
    before = set(children(live))
    live.process.send_signal(signal.SIGHUP)
    wait_until(
        lambda: len(children(live)) == 3 and not before & set(children(live)) and due_work(live) in children(live)
    )
    assert get(live, "/").startswith(b"HTTP/1.1 200 OK")


def test_killed_outright_the_server_leaves_no_process_behind(server):
    live = server(workers=1)
    wait_until(lambda: len(children(live)) == 2)  # one for the calls, one for what is due
    before = children(live)
    live.stop(signal.SIGKILL)
    wait_until(lambda: not any(_alive(pid) for pid in before))


@pytest.mark.slow
def test_a_server_can_start_right_after_another_was_killed_outright_in_the_middle_of_a_call(server):
    port = free_port()
    live = server(ECHO, name="first", port=port, workers=2)
    caller = threading.Thread(target=get, args=(live, "/sleep?8"))
    caller.start()
    time.sleep(0.5)
    live.stop(signal.SIGKILL)
    again = server(ECHO, name="second", port=port, workers=2)
    assert get(again, "/").startswith(b"HTTP/1.1 200 OK")
    assert "already in use" not in again.log.read_text()
    caller.join()


def test_a_second_server_on_the_same_port_does_not_start(server, tmp_path):
    live = server(ECHO, workers=1)
    second = processes.run(*ECHO, env=environment(port=live.port, data=tmp_path), cwd=tmp_path)
    assert second.returncode != 0
    assert "already in use" in second.stderr
    assert get(live, "/").startswith(b"HTTP/1.1 200 OK")


@pytest.mark.slow
@pytest.mark.parametrize("head", [b"Content-Length: 5000", b"Transfer-Encoding: chunked", b"Content-Length: 500000"])
def test_seventy_bodies_that_stall_do_not_stop_the_service(server, head):
    live = server(ECHO, workers=1, threads=4)
    slow = [socket.create_connection((live.host, live.port)) for _ in range(70)]
    for each in slow:
        each.sendall(b"POST /slow HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n3")
    for _ in range(3):
        assert get(live, "/").startswith(b"HTTP/1.1 200 OK")
    slow[0].settimeout(40)
    assert slow[0].recv(65536).startswith(b"HTTP/1.1 408 ")  # given up, not forgotten
    assert "ran /slow" not in live.log.read_text()
    for each in slow:
        each.close()


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as state:  # noqa: PTH123
            return state.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
