"""A small application behind the real server: it echoes, sleeps and counts, as `python -m tests.serving.echo`."""

from __future__ import annotations

import json
import sys
import time

from adapter import server
from adapter.core.settings import load


def make():
    def application(environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/sleep":
            time.sleep(float(environ["QUERY_STRING"]))
        if path == "/large":
            start_response("200 OK", [("Content-Length", environ["QUERY_STRING"])])
            return [b"x" * int(environ["QUERY_STRING"])]
        if path == "/pieces":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return iter([b"one", b"", b"two"])
        try:
            body, broken = environ["wsgi.input"].read(), ""
        except OSError as error:
            body, broken = b"", type(error).__name__
        seen = {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "query": len(environ["QUERY_STRING"]),
            "body": body.decode("latin-1")[:100],
            "length": len(body),
            "broken": broken,
            "te": environ.get("HTTP_TE"),
            "host": environ.get("HTTP_HOST"),
        }
        if broken:
            sys.stderr.write(f"broken {broken}\n")
            sys.stderr.flush()
        answer = json.dumps(seen).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    return application


if __name__ == "__main__":
    server.serve(load(), make, [sys.executable, "-c", "import time; time.sleep(3600)"])
