"""What the server relies on in gunicorn and its parser, so that a new version which moves it is told in plain words."""

from __future__ import annotations

import gunicorn_h1c
import pytest
from gunicorn.config import Config
from gunicorn.workers.base import Worker as Base

from adapter.core.settings import Settings
from adapter.server import configuration


def test_gunicorns_base_class_of_processes_has_what_ours_uses():
    process = Base(1, 1, [], None, 30, Config(), None)
    process.tmp.close()
    used = ("cfg", "app", "sockets", "alive", "notify", "init_process", "load_wsgi", "run")
    missing = [name for name in used if not hasattr(process, name)]
    assert not missing, f"gunicorn.workers.base.Worker has no {missing} any more: adapt adapter/server/process.py"


def test_gunicorn_knows_every_setting_that_we_give():
    known = Config().settings
    missing = {*configuration(Settings(), due_work=True), "post_fork"} - set(known)
    assert not missing, f"gunicorn has no such settings any more: {missing}; adapt adapter/server/__init__.py"


def test_the_parser_gives_what_we_read_and_refuses_by_the_errors_that_we_know():
    request = gunicorn_h1c.parse_request(b"GET /?a HTTP/1.1\r\nA: b\r\n\r\n", limit_request_line=100)
    assert {name: request[name] for name in ("method", "path", "minor_version", "headers")} == {
        "method": b"GET",
        "path": b"/?a",
        "minor_version": 1,
        "headers": [(b"A", b"b")],
    }, "gunicorn_h1c.parse_request gives something else: adapt adapter/server/head.py"
    for data, error in (
        (b"GET /" + b"a" * 200 + b" HTTP/1.1\r\n\r\n", gunicorn_h1c.LimitRequestLine),
        (b"GET / HTTP/1.1\r\nA: b\r\nB: c\r\n\r\n", gunicorn_h1c.LimitRequestHeaders),
        (b"GET / HTTP/1.1\r\nA: b\r\n", gunicorn_h1c.IncompleteError),
        (b"GET / HTTP/1.1\r\n:\r\n\r\n", gunicorn_h1c.ParseError),
    ):
        with pytest.raises(error):
            gunicorn_h1c.parse_request(data, limit_request_line=100, limit_request_fields=1)
