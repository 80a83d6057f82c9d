"""Rounds in which fifty at once want what there is once, while processes are killed at random; and what came of it."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import requests
from sqlalchemy import create_engine, func, select, text

from adapter.core.database import UnavailableError, UnknownCommitError, open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.store.tables import ledger
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.store.tables import assignments, hits
from adapter.pages.frame import SESSION_COOKIE
from adapter.pages.store import worker_accounts
from tests.fixtures_live import Live, free_port, start_nginx, start_server, wait_until_ready
from tests.legacy_client import A_HIT, Client, Scene, flatten, through_http

CALLERS = 50
PLACES = 10
#: Seconds in which everybody has an answer that stands.
PATIENCE = 90
#: Answers on which the clients of this harness call again, as the most stubborn old ones do.
AGAIN = ("come back", "open", "broken")
COLUMNS = ("rounds", "kills", "calls", "done", "already", *AGAIN, "lost", "doubled")


@dataclass
class Round:
    """`ask(number)` is one caller's try, and gives its verdict; `effects()` counts what came of all, `wanted` is right."""

    name: str
    ask: Callable[[int], str]
    effects: Callable[[], int]
    wanted: int = 1
    tidy: Callable[[], None] = lambda: None


@dataclass
class Site:
    """Servers on one database, perhaps behind nginx, with fifty requester's clients and fifty workers."""

    folder: Path
    url: str
    nginx: str
    seed: int
    servers: list[Live] = field(default_factory=list)
    table: dict[str, Counter] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.dice = random.Random(self.seed)  # noqa: S311 (no secret)
        self.settings = {
            "data": self.folder / "data",
            "database_url": self.url,
            "initial_balance": "1000000.00",
            "workers": 1 if self.nginx else 2,
            "threads": 16,
            "trusted_proxies": int(bool(self.nginx)),
        }
        self.ports = [free_port() for _ in range(2 if self.nginx else 1)]
        self.servers = [self._server(number) for number in range(len(self.ports))]
        self.front = start_nginx(self.nginx, self.folder / "nginx", *self.ports) if self.nginx else self.servers[0]
        self.verify = str(self.front.ca) if self.nginx else True
        self.store = open_store(Settings(data=self.folder / "data", database_url=self.url, threads=4))
        self.key = accounts.create_account(self.store, "Requester")
        self.clients = [
            Client(self.key, through_http(self.front.url, self.verify), version="2014-08-15") for _ in range(CALLERS)
        ]
        self.scene = Scene(self.store, None)
        self.workers = [self._worker(number) for number in range(CALLERS)]
        self.pool = ThreadPoolExecutor(CALLERS)
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()
        self.store.close()
        if self.nginx:
            self.front.stop(signal.SIGQUIT)
        for each in self.servers:
            each.stop()

    def _server(self, number: int) -> Live:
        companion = () if number == 0 else ("--no-scheduler",)
        command = ("-m", "adapter.cli", "serve", *companion)
        return start_server(self.folder / f"server-{number}", command, port=self.ports[number], **self.settings)

    def _worker(self, number: int) -> tuple[str, requests.Session]:
        worker = worker_accounts.create_worker(self.store, f"Worker {number}", "correct horse battery")
        session = requests.Session()
        session.trust_env, session.verify = False, self.verify
        session.headers["Accept"] = "text/html"
        # as the browser gets it: behind nginx with TLS
        name = f"__Host-{SESSION_COOKIE}" if self.nginx else SESSION_COOKIE
        session.cookies.set(name, worker_accounts.start_session(self.store, worker.worker_id))
        page = session.get(self.front.url + "/mturk/dashboard", timeout=20).text
        session.form_key = re.search(r'name="form_key" value="(\w+)"', page)[1]
        return worker.worker_id, session

    def count(self, table: Any, *where: Any) -> int:
        """Rows, as soon as the database is there."""
        return stubbornly(lambda: self._count(table, where))

    def _count(self, table: Any, where: Any) -> int:
        with self.store.read() as connection:
            return connection.scalar(select(func.count()).select_from(table).where(*where))

    def victims(self) -> dict[str, Callable[[], None]]:
        """What can be killed, by name."""
        children = [child for each in self.servers for child in children_of(each.process.pid)]
        found = {
            "a process of a server": lambda: kill(self.dice.choice(children)),
            "a server": self._server_dies,
        }
        if self.nginx:
            found["a process of nginx"] = lambda: kill(self.dice.choice(children_of(self.front.process.pid)))
            found["connections to PostgreSQL"] = lambda: self._connections("SELECT pg_terminate_backend(:pid)")
            found["a process of PostgreSQL"] = self._connections
        return found

    def _server_dies(self) -> None:
        server = self.dice.choice(self.servers)
        orphans = children_of(server.process.pid)
        server.stop(signal.SIGKILL)
        # they end by themselves; until then they listen where the next one is to
        until = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{each}").exists() for each in orphans) and time.monotonic() < until:
            time.sleep(0.05)

    def _connections(self, statement: str = "") -> None:
        """Run a statement for every connection to the database, or kill the process of one."""
        url = self.store.url
        admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with contextlib.suppress(Exception), admin.connect() as connection:
            mine = text("SELECT pid FROM pg_stat_activity WHERE datname = :name")
            found = connection.scalars(mine, {"name": url.database}).all()
            if statement:
                for pid in found:
                    connection.execute(text(statement), {"pid": pid})
            else:
                kill(self.dice.choice(found))
        admin.dispose()

    def heal(self) -> None:
        """Start again what was killed, and wait until all is well."""
        for number, each in enumerate(self.servers):
            if each.process.poll() is not None:
                self.servers[number] = self._server(number)
            wait_until_ready(self.servers[number])
        if self.nginx:
            wait_until_ready(self.front)

    def play(self, kind: Callable[[Site, str], Round], victim: str = "") -> None:
        """One round: all at once, and something is killed meanwhile."""
        played = stubbornly(lambda: kind(self, f"{time.time_ns():x}"))
        row = self.table.setdefault(played.name, Counter())
        start, until = threading.Barrier(CALLERS + 1), time.monotonic() + PATIENCE

        def insist(number: int) -> str:
            start.wait()
            while True:
                verdict = played.ask(number)
                row.update({verdict: 1, "calls": 1})
                if verdict not in AGAIN or time.monotonic() > until:
                    return verdict
                time.sleep(self.dice.uniform(0.05, 0.4))

        answers = [self.pool.submit(insist, number) for number in range(CALLERS)]
        start.wait()
        if victim:
            time.sleep(self.dice.uniform(0, 0.3))
            self.victims()[victim]()
            row["kills"] += 1
            row["killed " + victim] += 1
            self.heal()
        verdicts = Counter(each.result() for each in answers)
        assert set(verdicts) <= {"done", "already"}, (played.name, victim, verdicts)
        effects = played.effects()
        row["rounds"] += 1
        row["lost"] += max(0, played.wanted - effects) + (not victim and verdicts["done"] < played.wanted)
        row["doubled"] += max(0, effects - played.wanted) + (not victim and verdicts["done"] > played.wanted)
        stubbornly(played.tidy)

    def summary(self) -> str:
        """The table of all rounds."""
        rows = [("", *COLUMNS), *((name, *(str(row[each]) for each in COLUMNS)) for name, row in self.table.items())]
        width = max(len(row[0]) for row in rows)
        lines = [row[0].ljust(width) + "".join(each.rjust(10) for each in row[1:]) for row in rows]
        killed: Counter = sum(self.table.values(), Counter())
        names = [
            f"{killed[each]} x {each.removeprefix('killed ')}" for each in sorted(killed) if each.startswith("killed ")
        ]
        return "\n".join([*lines, "killed: " + ("; ".join(names) or "nothing")])


# ---- the rounds ---------------------------------------------------------------------------------------------------------


def bonus(site: Site, mark: str) -> Round:
    """One bonus, asked for by all under one token."""
    worker = "A" + mark.upper()
    assignment_id = site.scene.work(_hit(site), worker)
    members = {
        "WorkerId": worker,
        "AssignmentId": assignment_id,
        "BonusAmount": {"Amount": "0.30", "CurrencyCode": "USD"},
        "Reason": "good",
        "UniqueRequestToken": mark,
    }
    return Round(
        "the same bonus",
        lambda number: asked(site, number, "GrantBonus", members, "DuplicateCall"),
        lambda: site.count(ledger, ledger.c.subject_id == assignment_id, ledger.c.kind == "bonus"),
    )


def hit(site: Site, mark: str) -> Round:
    """One HIT, asked for by all under one token."""
    members = {**A_HIT, "RequesterAnnotation": mark, "UniqueRequestToken": mark}
    return Round(
        "the same HIT",
        lambda number: asked(site, number, "CreateHIT", members, "HITAlreadyExists"),
        lambda: site.count(hits, hits.c.annotation == mark),
    )


def approval(site: Site, mark: str) -> Round:
    """One approval."""
    assignment_id = site.scene.work(_hit(site), "A" + mark.upper())
    members = {"AssignmentId": assignment_id}
    return Round(
        "the same approval",
        lambda number: asked(site, number, "ApproveAssignment", members, "InvalidAssignmentState"),
        lambda: site.count(ledger, ledger.c.subject_id == assignment_id, ledger.c.kind == "assignment"),
    )


def race(site: Site, mark: str) -> Round:
    """Ten places for all the workers."""
    hit_id = _hit(site, Title=f"Race {mark}", MaxAssignments=str(PLACES))
    mine = assignments.c.hit_id == hit_id

    def accept(number: int) -> str:
        _, session = site.workers[number]
        fields = {"form_key": session.form_key, "hitId": hit_id}
        try:
            answer = session.post(site.front.url + "/mturk/accept", data=fields, allow_redirects=False, timeout=60)
        except requests.RequestException:
            return "broken"
        if answer.status_code >= 500:
            return "come back"
        if "assignmentId=" in answer.headers.get("Location", ""):
            return "done"
        return "already" if "no more" in answer.text else f"{answer.status_code} {answer.text[-600:]}"

    def give_back() -> None:
        with site.store.read() as connection:
            taken = connection.execute(
                select(assignments.c.worker_id, assignments.c.assignment_id).where(
                    mine, assignments.c.status == "Accepted"
                )
            ).all()
        for worker, assignment_id in taken:
            assignment_lifecycle.return_assignment(site.store, worker, assignment_id)

    return Round("ten places", accept, lambda: site.count(assignments, mine), PLACES, give_back)


KINDS = (bonus, hit, approval, race)


def _hit(site: Site, **members: str) -> str:
    answer = site.clients[0].call("CreateHIT", **{**A_HIT, **members})
    return answer.findtext("HITId")


def asked(site: Site, number: int, operation: str, members: dict, already: str) -> str:
    """One caller's try of a legacy call."""
    try:
        answer = site.clients[number].raw(operation, flatten(members))
    except requests.RequestException:
        return "broken"
    code = answer.code.removeprefix("AWS.MechanicalTurk.")
    return {"": "done", already: "already", "ServiceUnavailable": "come back", "AWS.ServiceUnavailable": "open"}.get(
        code, code
    )


def stubbornly(work: Callable[[], Any], seconds: float = 30) -> Any:
    """Do what fails while something is being killed or begins again."""
    until = time.monotonic() + seconds
    while True:
        try:
            return work()
        except (UnavailableError, UnknownCommitError, requests.RequestException):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def children_of(pid: int) -> list[int]:
    """The processes that a process began."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
