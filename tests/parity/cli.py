"""Makes the calls that it reads with the AWS CLI, one JSON array [operation, input] a line; one process for all of them.

The CLI's own `main` runs for every line, as the `aws` command does; only Python is not started each time.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys

import awscli.clidriver
from botocore import xform_name


def call(url: str, operation: str, given: dict) -> dict:
    """One command: what it printed, or how it failed."""
    command = ["mturk", xform_name(operation, "-"), "--endpoint-url", url, "--region", "us-east-1", "--output", "json"]
    command += ["--cli-input-json", json.dumps(given), "--no-paginate"]
    printed, failed = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(failed):
        code = awscli.clidriver.create_clidriver().main(command)
    if code:
        # The CLI shows the type and the message of an error, and no other member of it.
        return {"error": {"code": None, "message": re.sub(r"(?s)^.*? operation: ", "", failed.getvalue()).strip()}}
    return {"output": json.loads(printed.getvalue() or "{}")}


def main() -> None:
    for line in sys.stdin:
        operation, given = json.loads(line)
        sys.stdout.write(json.dumps(call(sys.argv[1], operation, given)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
