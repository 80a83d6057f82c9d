"""A server whose application fails, with its log as the settings say, as `python -m tests.server.failing`."""

from __future__ import annotations

import logging

from adapter import server
from adapter.cli.support import settings_in_force


def application(environ, start_response):
    if environ["PATH_INFO"] == "/readyz":
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]
    raise RuntimeError("on purpose")


if __name__ == "__main__":
    logging.basicConfig()
    server.serve(settings_in_force(), lambda: application)
