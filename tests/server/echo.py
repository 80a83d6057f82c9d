"""A small application behind the real server: it echoes, sleeps and counts, as `python -m tests.server.echo`.

A number behind it is how many files each of its processes may have open.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from adapter import server
from adapter.core.settings import load


def say(line):
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def due_work(stopping):
    say(f"due work in process {os.getpid()}")
    stopping.wait()


def make():
    together = []

    def application(environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/sleep":
            time.sleep(float(environ["QUERY_STRING"]))
        if path == "/together":
            together.append(environ["wsgi.input"])
            most = len(together)
            time.sleep(0.5)
            together.pop()
            start_response("200 OK", [("Content-Length", str(len(str(most))))])
            return [str(most).encode()]
        if path == "/large":
            start_response("200 OK", [("Content-Length", environ["QUERY_STRING"])])
            return [b"x" * int(environ["QUERY_STRING"])]
        if path == "/pieces":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return iter([b"one", b"", b"two"])
        body = environ["wsgi.input"].read()
        say(f"ran {path}")
        seen = {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "query": len(environ["QUERY_STRING"]),
            "raw": environ["QUERY_STRING"][:100],
            "body": body.decode("latin-1")[:100],
            "length": len(body),
            "te": environ.get("HTTP_TE"),
            "host": environ.get("HTTP_HOST"),
            "names": sorted(name for name, value in environ.items() if isinstance(value, str)),
        }
        answer = json.dumps(seen).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    return application


if __name__ == "__main__":
    if few := [int(each) for each in sys.argv[1:]]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few[0], few[0]))
    server.serve(load(), make, due_work)
