"""Traces reach a collector of OpenTelemetry, are one with the caller's and the upstream's, and hold no value."""

from __future__ import annotations

import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from adapter.core.store import accounts
from adapter.legacy.protocol import signature
from adapter.legacy.store import journal
from tests import processes
from tests.fixtures_live import ACCESS_KEY_ID, SECRET_ACCESS_KEY, ask, environment
from tests.server.test_metrics import wait_until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector():
    """A collector: its address, and the spans that it got so far."""
    spans = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            message = ExportTraceServiceRequest()
            message.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            spans.extend(span for each in message.resource_spans for scope in each.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", spans
    server.shutdown()
    thread.join()
    server.server_close()


def call(live, operation, headers="", **parameters):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    signed = signature.sign(SECRET_ACCESS_KEY, f"AWSMechanicalTurkRequester{operation}{moment}").replace("+", "%2B")
    more = "".join(f"&{name}={value}" for name, value in parameters.items())
    query = f"Operation={operation}&AWSAccessKeyId={ACCESS_KEY_ID}&Timestamp={moment}&Signature={signed}{more}"
    return ask(live, f"GET /?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n".encode())


def test_a_call_its_modern_call_and_its_statements_are_one_trace_with_the_caller_s(server, collector):
    address, spans = collector
    live = server(workers=1, traces_url=address)
    answer = call(live, "GetHIT", f"traceparent: 00-{TRACE}-{PARENT}-01\r\n", HITId="3SECRET")
    wait_until(lambda: any(each.name == "request" and each.trace_id.hex() == TRACE for each in spans))
    ours = [each for each in spans if each.trace_id.hex() == TRACE]
    (request,) = [each for each in ours if each.name == "request"]
    (modern,) = [each for each in ours if each.name == "GetHIT"]
    assert request.parent_span_id.hex() == PARENT
    assert modern.parent_span_id == request.span_id
    assert any(each.name == "SELECT" and each.parent_span_id == modern.span_id for each in ours)
    told = {each.key: each.value.string_value or each.value.int_value for each in request.attributes}
    assert told["http.response.status_code"] == 200
    assert told["request_id"].encode() in answer
    assert not [each for each in spans if "SECRET" in str(each) or ACCESS_KEY_ID in str(each)]


def test_what_an_upstream_elsewhere_does_is_part_of_the_trace(server, collector):
    address, spans = collector
    upstream = server(name="upstream", workers=1, traces_url=address)
    live = server(workers=1, traces_url=address, upstream=upstream.url)
    assert b"<AvailableBalance>" in call(live, "GetAccountBalance", f"traceparent: 00-{TRACE}-{PARENT}-01\r\n")
    wait_until(lambda: sum(each.name == "request" and each.trace_id.hex() == TRACE for each in spans) == 2)
    (modern,) = [each for each in spans if each.name == "GetAccountBalance"]
    assert [each for each in spans if each.name == "request" and each.parent_span_id == modern.span_id]


def test_a_collector_that_does_not_answer_holds_up_no_call(server):
    live = server(workers=1, traces_url="http://127.0.0.1:1/v1/traces")
    started = time.monotonic()
    assert b"<AvailableBalance>" in call(live, "GetAccountBalance")
    assert time.monotonic() - started < 5


def test_the_calls_of_a_scheduler_on_its_own_are_traced(settings, store, collector, tmp_path):
    address, spans = collector
    key = accounts.create_account(store, "Requester")
    journal.disable(store, key.account_id, "3HIT", 0)
    env = environment(data=settings.data, traces_url=address)
    command = ("-m", "adapter.cli", "scheduler")
    running = processes.start(command, env=env, cwd=tmp_path, stdout=tmp_path / "scheduler.log")
    try:
        wait_until(lambda: any(each.name == "GetHIT" for each in spans))
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
