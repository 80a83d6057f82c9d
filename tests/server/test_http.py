"""Whatever an old client sends as HTTP is served, and what cannot be served is refused as XML."""

from __future__ import annotations

import json
import socket

import pytest
from lxml import etree

from tests.fixtures_live import ask, start_server

HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n"


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    running = start_server(tmp_path_factory.mktemp("echo"), ("-m", "tests.server.echo"))
    yield running
    running.stop()


def split(answer):
    """Status line, headers and body of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:]), body


def seen(answer):
    status, _, body = split(answer)
    assert status == 200
    return json.loads(body)


def refused(answer):
    """The status and code of a refusal, which has to be XML in the legacy shape."""
    status, headers, body = split(answer)
    assert headers["Content-Type"].startswith("text/xml")
    assert body.startswith(b'<?xml version="1.0"?>\n<Response><Errors><Error><Code>')
    root = etree.fromstring(body)
    assert root.findtext("RequestID")
    assert root.findtext("Errors/Error/Message")
    return status, root.findtext("Errors/Error/Code")


def test_a_question_of_64_kb_fits_percent_encoded_into_a_get(echo):
    line = b"GET /?Question=" + b"%41" * 65536 + b" HTTP/1.1\r\n"
    assert seen(ask(echo, line + HOST + CLOSE + b"\r\n"))["query"] == 9 + 3 * 65536


def test_a_request_line_over_one_megabyte_is_refused_as_xml(echo):
    line = b"GET /?Question=" + b"%41" * 400_000 + b" HTTP/1.1\r\n"
    assert refused(ask(echo, line + HOST + CLOSE + b"\r\n")) == (414, "AWS.RequestTooLarge")


def test_a_request_line_without_an_end_is_refused_before_it_fills_the_memory(echo):
    status, _ = refused(ask(echo, b"GET /", *[b"a" * 60_000] * 60))
    assert status in {414, 431}


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET / HTTP/9.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon here\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\xe6\xbc\xa2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (
            b"GET / HTTP/1.1\r\nCookie: " + b";" * 8000 + b"\r\n" + (b"X: " + b"a" * 8000 + b"\r\n") * 8 + b"\r\n",
            431,
        ),
        (b"GET /" + b"%" * 10_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 20_000, 400),
        (b"GET / HTTP/1.1\r\nExpect: the-unexpected\r\n\r\n", 417),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -4\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999x\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
)
def test_malformed_http_is_refused_as_xml(echo, request_bytes, status):
    assert refused(ask(echo, request_bytes))[0] == status


def test_a_soap_client_gets_a_fault_and_a_modern_one_json(echo):
    _, headers, body = split(ask(echo, b"POST / HTTP/1.1\r\nSOAPAction: x\r\nTransfer-Encoding: zip\r\n\r\n"))
    assert headers["Content-Type"].startswith("text/xml")
    assert etree.fromstring(body).find(".//{http://schemas.xmlsoap.org/soap/envelope/}Fault") is not None
    _, headers, body = split(ask(echo, b"POST / HTTP/1.1\r\nX-Amz-Target: x\r\nTransfer-Encoding: zip\r\n\r\n"))
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert json.loads(body)["__type"]


def test_chunked_bodies_arrive_whole(echo):
    chunks = b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"
    answer = ask(echo, b"POST / HTTP/1.1\r\n" + HOST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert seen(answer)["body"] == "hello world"


def test_an_answer_whose_length_is_not_known_goes_out_in_chunks(echo):
    status, headers, body = split(ask(echo, b"GET /pieces HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"))
    assert (status, headers["Transfer-Encoding"]) == (200, "chunked")
    assert body == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


def test_head_and_body_of_an_answer_arrive_in_one_piece(echo):
    with socket.create_connection((echo.host, echo.port), 10) as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert seen(client.recv(65536))["path"] == "/"


def test_a_head_request_is_answered_without_a_body(echo):
    status, headers, body = split(ask(echo, b"HEAD / HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"))
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 0


def test_http_1_0_without_a_host_is_served_and_closed(echo):
    answer = ask(echo, b"POST /onca/xml HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")
    assert answer.startswith(b"HTTP/1.0 200 OK")
    assert seen(answer)["body"] == "hi"


def test_a_client_that_expects_100_continue_is_told_to_go_on(echo):
    head = b"POST / HTTP/1.1\r\n" + HOST + CLOSE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    answer = ask(echo, head, b"hi", pause=0.3)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert seen(answer.partition(b"\r\n\r\n")[2])["body"] == "hi"


@pytest.mark.parametrize(
    ("target", "host", "path", "query"),
    [
        (b"https://mechanicalturk.sandbox.amazonaws.com/", "mechanicalturk.sandbox.amazonaws.com", "/", 0),
        (b"https://mechanicalturk.sandbox.amazonaws.com?Service=A", "mechanicalturk.sandbox.amazonaws.com", "/", 9),
        (b"http://mechanicalturk.amazonaws.com:80/onca/xml?a=b", "mechanicalturk.amazonaws.com:80", "/onca/xml", 3),
        (b"http://a:b@mechanicalturk.amazonaws.com/", "mechanicalturk.amazonaws.com", "/", 0),
        (b"?Service=A", "127.0.0.1", "/", 9),
    ],
)
def test_targets_as_sent_to_proxies_and_by_java_before_7_are_understood(echo, target, host, path, query):
    answer = seen(ask(echo, b"POST " + target + b" HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: 2\r\n\r\nhi"))
    assert (answer["host"], answer["path"], answer["query"], answer["body"]) == (host, path, query, "hi")


def test_te_headers_as_perl_sends_them_and_odd_hosts_do_not_matter(echo):
    headers = b"TE: deflate,gzip;q=0.3\r\nConnection: TE, close\r\nHost: mechanicalturk.amazonaws.com:80:80\r\n"
    answer = seen(ask(echo, b"GET / HTTP/1.1\r\n" + headers + b"\r\n"))
    assert answer["te"] == "deflate,gzip;q=0.3"


def test_raw_bytes_in_the_target_do_not_break_the_parser(echo):
    assert seen(ask(echo, "GET /?a=é HTTP/1.1\r\n".encode("latin-1") + HOST + CLOSE + b"\r\n"))["query"] > 2


def test_requests_sent_one_behind_the_other_are_all_answered(echo):
    answer = ask(
        echo, (b"GET /one HTTP/1.1\r\n" + HOST + b"\r\n") + (b"GET /two HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
    )
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.index(b"/one") < answer.index(b"/two")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 100", b"Reward.1.Amount=1"),
        (b"Content-Length: 200000", b"a" * 100_000),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n"),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n"),
        (b"Transfer-Encoding: chunked", b"50\r\nhello\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"5\r\nhelloworld\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\nzz\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n-1\r\n\r\n"),
    ],
)
def test_a_call_whose_body_broke_off_is_never_run(echo, head, body):
    ask(echo, b"POST /broken HTTP/1.1\r\n" + HOST + head + b"\r\n\r\n" + body, half_close=True)
    ask(echo, b"POST /whole HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nhi", half_close=True)
    log = echo.log.read_text()
    assert "ran /whole" in log
    assert "ran /broken" not in log


def test_after_a_broken_chunk_nothing_more_is_read_from_the_connection(echo):
    first = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
    answer = ask(echo, first + b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n")
    assert refused(answer) == (400, "AWS.BadRequest")
    assert b"/smuggled" not in answer


def test_bodies_arrive_whole_however_they_are_cut(echo):
    body = b"x" * 300_000
    for size in (7_001, 65_536):
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        head = b"POST / HTTP/1.1\r\n" + HOST + CLOSE
        answer = seen(ask(echo, head + b"Content-Length: 300000\r\n\r\n", *pieces))
        assert (answer["length"], answer["body"]) == (300_000, "x" * 100)
        chunks = [b"%x\r\n%b\r\n" % (len(each), each) for each in pieces]
        answer = seen(ask(echo, head + b"Transfer-Encoding: chunked\r\n\r\n", *chunks, b"0\r\nA: b\r\n\r\n"))
        assert (answer["length"], answer["body"]) == (300_000, "x" * 100)
        assert "HTTP_A" not in answer["names"]


def test_every_byte_may_come_alone(echo):
    request = b"\r\nPOST /slow HTTP/1.1\r\n" + HOST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    answer = ask(echo, *[request[each : each + 1] for each in range(len(request))], pause=0.002)
    assert seen(answer)["body"] == "hi"


@pytest.mark.parametrize(
    "coding",
    [b"gzip, chunked", b"chunked, chunked", b"identity, chunked", b"chunked\r\nTransfer-Encoding: chunked", b"x"],
)
def test_codings_that_two_servers_could_understand_differently_are_refused(echo, coding):
    chunks = b"2\r\nhi\r\n0\r\n\r\n"
    answer = ask(echo, b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: " + coding + b"\r\n\r\n" + chunks)
    status, code = refused(answer)
    assert status in {400, 501}
    assert code == "AWS.BadRequest"
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_get_without_a_path_is_served(echo):
    answer = seen(ask(echo, b"GET ?Service=A HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"))
    assert (answer["path"], answer["raw"]) == ("/", "Service=A")


def test_characters_that_http_does_not_allow_in_a_query_arrive_as_they_are(echo):
    query = 'a=<b>"c"&d=\xe9'
    line = b"GET /?" + query.encode("latin-1") + b" HTTP/1.1\r\n"
    assert seen(ask(echo, line + HOST + CLOSE + b"\r\n"))["raw"] == query


def test_no_header_with_an_underscore_is_taken_for_one_with_a_hyphen(echo):
    headers = b"X_Amz_Target: a\r\nX_Forwarded_For: b\r\nContent_Length: 5\r\nSCRIPT_NAME: /c\r\n"
    answer = seen(ask(echo, b"GET / HTTP/1.1\r\n" + HOST + CLOSE + headers + b"\r\n"))
    names = set(answer["names"])
    assert not names & {"HTTP_X_AMZ_TARGET", "HTTP_X_FORWARDED_FOR", "HTTP_SCRIPT_NAME", "CONTENT_LENGTH"}
    assert answer["path"] == "/"


def test_the_environment_of_the_process_is_not_shown_to_the_application(echo):
    names = set(seen(ask(echo, b"GET / HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"))["names"])
    assert "PATH_INFO" in names
    assert not names & {"PATH", "PYTHONPATH", "HOME", "ADAPTER_PORT", "ADAPTER_ROOT_SECRET_ACCESS_KEY"}


def test_the_log_holds_no_request_line(echo):
    ask(echo, b"GET /?Signature=TOPSECRET HTTP/7\r\n\r\n")
    ask(echo, b"TOPSECRET\r\n\r\n")
    assert "TOPSECRET" not in echo.log.read_text()
