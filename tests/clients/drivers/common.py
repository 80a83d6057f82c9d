"""What the drivers of old Python clients share; runs under Python 2.7 (Jython) and Python 3."""

import json
import os
import subprocess
import sys

RESULTS = {}


def note(name, value):
    """Keep what the client returned to its user, for the test to look at."""
    RESULTS[name] = value


def finish():
    """Print everything noted as the last line."""
    sys.stdout.write("\n" + json.dumps(RESULTS) + "\n")


def work(hit_id, worker, *answers):
    """A scripted worker accepts the HIT and submits; returns the id of the assignment."""
    command = json.loads(os.environ["SIMULATE"])
    command += ["submit", str(hit_id), "--worker", worker, "--ignore-requirements"]
    for answer in answers:
        command += ["--answer", answer]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(err.decode("utf-8"))
    return out.decode("utf-8").strip().splitlines()[-1]


def ask_for_qualification(qualification_type_id, worker):
    """A scripted worker asks for a Qualification; `granted`, or the id of the request."""
    command = json.loads(os.environ["SIMULATE"])
    command += ["request", str(qualification_type_id), "--worker", worker]
    return subprocess.check_output(command).decode("utf-8").strip().splitlines()[-1]


def redirect():
    """Lead every connection of this process to the gateway, as a hosts file and a port forwarding would."""
    import socket

    real = socket.create_connection
    target = ("127.0.0.1", int(os.environ["GATEWAY_PORT"]))
    socket.create_connection = lambda _, *more, **named: real(target, *more, **named)
