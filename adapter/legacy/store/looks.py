"""What was seen of a foreign upstream's HITs at the last look, so that the next one can tell what happened since."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapter.core.database import Store
from adapter.core.statistic_definitions import DAY_MILLISECONDS
from adapter.legacy.store import facts as fact_store
from adapter.legacy.store.facts import Fact
from adapter.legacy.store.tables import account_looks, facts, hit_looks


@dataclass(frozen=True)
class Look:
    """What is remembered of one HIT; see the table for the meaning of each column. Version 0: not stored yet."""

    hit_id: str
    policies: int | None = None
    reviewed: str | None = None
    listed: str | None = None
    opened: list[list[int]] | None = None
    released: int = 0
    fact: int = 0
    version: int = 0
    looked_at: int = 0


@dataclass
class Known:
    """What the facts say of one HIT: how many of each kind, the last submission (epoch ms), the last acceptance's row.

    `accepted` are those whose id is known, `taken` the others, `gone` what was returned or abandoned of both.
    """

    look: Look
    accepted: int = 0
    taken: int = 0
    submitted: int = 0
    decided: int = 0
    gone: int = 0
    last_submit: int = 0
    fact: int = 0

    @property
    def held(self) -> int:
        """Assignments in somebody's hands, as far as the facts tell."""
        return self.accepted + self.taken - self.submitted - self.gone


@dataclass(frozen=True)
class Change:
    """A look to be stored in place of `old`, with what was learned; facts of the kinds `anew` are replaced."""

    old: Look
    new: Look
    learned: list[Fact] = field(default_factory=list)
    anew: tuple[str, ...] = ()


_of_hits = (
    facts.c.account_id == bindparam("of_account"),
    facts.c.hit_id.in_(bindparam("of_hits", expanding=True)),
)
_COUNTED = {
    "accepted": "accepted",
    "taken": "taken",
    "submitted": "submitted",
    "approved": "decided",
    "rejected": "decided",
    "returned": "gone",
    "abandoned": "gone",
}
_counts = (
    select(facts.c.hit_id, facts.c.kind, func.count(), func.max(facts.c.at), func.max(facts.c.seq))
    .where(*_of_hits, facts.c.kind.in_(tuple(_COUNTED)))
    .group_by(facts.c.hit_id, facts.c.kind)
)
_names = [column.name for column in hit_looks.columns if column.name != "account_id"]
_looks = select(*(hit_looks.c[name] for name in _names)).where(
    hit_looks.c.account_id == bindparam("of_account"), hit_looks.c.hit_id.in_(bindparam("of_hits", expanding=True))
)
_decision = facts.alias("decision")
_day = facts.c.at // DAY_MILLISECONDS
_waiting = (
    select(facts.c.hit_id, facts.c.worker_id, _day, func.count())
    .where(
        *_of_hits,
        facts.c.kind == "submitted",
        ~select(_decision.c.seq)
        .where(
            _decision.c.account_id == facts.c.account_id,
            _decision.c.kind.in_(("approved", "rejected")),
            _decision.c.subject_id == facts.c.subject_id,
        )
        .exists(),
    )
    .group_by(facts.c.hit_id, facts.c.worker_id, _day)
)
_of_hit = (facts.c.account_id == bindparam("of_account"), facts.c.hit_id == bindparam("of_hit"))
_end = facts.alias("ending")
_held = select(facts.c.subject_id, facts.c.at).where(
    *_of_hit,
    facts.c.kind == "accepted",
    ~select(_end.c.seq)
    .where(
        _end.c.account_id == facts.c.account_id,
        _end.c.kind.in_(("submitted", "returned", "abandoned")),
        _end.c.subject_id == facts.c.subject_id,
    )
    .exists(),
)
_ENDS = ("returned", "abandoned")
_of_subject = (facts.c.account_id == bindparam("of_account"), facts.c.subject_id == bindparam("of_subject"))
_ended = select(facts.c.kind, facts.c.at).where(*_of_subject, facts.c.kind.in_(_ENDS))
_taken_at = select(facts.c.at).where(*_of_subject, facts.c.kind == "taken")
_opened = select(hit_looks.c.opened).where(
    hit_looks.c.account_id == bindparam("of_account"), hit_looks.c.hit_id == bindparam("of_hit")
)
_drop = delete(facts).where(*_of_subject, facts.c.kind.in_((*_ENDS, "taken")))
_guessed = (
    select(facts.c.subject_id)
    .where(*_of_hit, facts.c.kind.in_(_ENDS), facts.c.subject_id.like("%:%"), facts.c.at >= bindparam("since"))
    .order_by(facts.c.at)
    .limit(1)
)
_joined = select(facts.c.at).where(*_of_hit, facts.c.kind == "accepted", facts.c.seq > bindparam("after"))
_submissions = select(facts.c.subject_id, facts.c.at, facts.c.worker_id).where(*_of_hit, facts.c.kind == "submitted")
_forget = delete(facts).where(*_of_hit, facts.c.kind.in_(bindparam("of_kinds", expanding=True)))
_left_open = select(*(hit_looks.c[name] for name in _names)).where(
    hit_looks.c.account_id == bindparam("of_account"),
    hit_looks.c.opened.is_not(None),
    hit_looks.c.looked_at < bindparam("before"),
)
_save = update(hit_looks).where(
    hit_looks.c.account_id == bindparam("of_account"),
    hit_looks.c.hit_id == bindparam("of_hit"),
    hit_looks.c.version == bindparam("of_version"),
)
_drop_look = delete(hit_looks).where(
    hit_looks.c.account_id == bindparam("of_account"), hit_looks.c.hit_id == bindparam("of_hit")
)
_meet = (
    update(hit_looks)
    .where(
        hit_looks.c.account_id == bindparam("of_account"), hit_looks.c.hit_id.in_(bindparam("of_hits", expanding=True))
    )
    .values(looked_at=bindparam("at"))
)
_looked_at = select(account_looks.c.looked_at).where(account_looks.c.account_id == bindparam("of_account"))
_finished = (
    update(account_looks)
    .where(account_looks.c.account_id == bindparam("of_account"), account_looks.c.looked_at < bindparam("at"))
    .values(looked_at=bindparam("at"))
)
_due = (
    select(account_looks.c.account_id, account_looks.c.begun_at)
    .where(
        account_looks.c.asked_at >= bindparam("asked_since"),
        account_looks.c.looked_at < bindparam("before"),
        account_looks.c.begun_at < bindparam("before"),
    )
    .order_by(account_looks.c.begun_at)
)
_claim = (
    update(account_looks)
    .where(account_looks.c.account_id == bindparam("of_account"), account_looks.c.begun_at == bindparam("old"))
    .values(begun_at=bindparam("at"))
)


def known(store: Store, account_id: str, hit_ids: Collection[str]) -> dict[str, Known]:
    """What is known of these HITs, for each of them."""
    terms = {"of_account": account_id, "of_hits": list(hit_ids)}
    with store.read() as connection:
        found = {row.hit_id: Known(Look(*row)) for row in connection.execute(_looks, terms)}
        found |= {hit_id: Known(Look(hit_id)) for hit_id in hit_ids if hit_id not in found}
        for hit_id, kind, count, last, seq in connection.execute(_counts, terms):
            of_hit, name = found[hit_id], _COUNTED[kind]
            setattr(of_hit, name, getattr(of_hit, name) + count)
            if kind == "submitted":
                of_hit.last_submit = last
            if kind == "accepted":
                of_hit.fact = seq
    return found


def waiting(store: Store, account_id: str, hit_ids: Collection[str]) -> dict[str, list[tuple[str | None, int, int]]]:
    """Submissions of these HITs without a decision: Worker, UTC day since 1970, how many; by HIT."""
    found: dict[str, list[tuple[str | None, int, int]]] = {}
    if not hit_ids:
        return found
    with store.read() as connection:
        for hit_id, worker_id, day, count in connection.execute(
            _waiting, {"of_account": account_id, "of_hits": list(hit_ids)}
        ):
            found.setdefault(hit_id, []).append((worker_id, int(day), count))
    return found


def joined(store: Store, account_id: str, look: Look) -> list[int]:
    """When the assignments were accepted (epoch ms) that were heard of since a look."""
    with store.read() as connection:
        terms = {"of_account": account_id, "of_hit": look.hit_id, "after": look.fact}
        return list(connection.execute(_joined, terms).scalars())


def held(store: Store, account_id: str, hit_id: str) -> list[tuple[str, int]]:
    """Assignments of a HIT that are known to have been accepted and not to have ended: id and time (epoch ms)."""
    with store.read() as connection:
        rows = connection.execute(_held, {"of_account": account_id, "of_hit": hit_id})
        return [(row.subject_id, row.at) for row in rows]


def end(store: Store, fact: Fact, slack: int) -> None:
    """Write down the true end of an assignment (returned or abandoned), in place of what a look made of it.

    That was under the assignment's own id, or, where its acceptance was not known, the first end of the HIT that was
    guessed since then, less `slack` milliseconds.
    """
    of_subject = {"of_account": fact.account_id, "of_subject": fact.subject_id}
    of_hit = {"of_account": fact.account_id, "of_hit": fact.hit_id, "since": fact.at - slack}
    accepted = fact.at
    with store.write() as connection:
        found = connection.execute(_ended, of_subject).one_or_none()
        if found is not None and tuple(found) == (fact.kind, fact.at):
            return
        guessed = fact.subject_id if found is not None else connection.execute(_guessed, of_hit).scalar_one_or_none()
        if guessed is not None:
            of_guessed = {**of_subject, "of_subject": guessed}
            accepted = connection.execute(_taken_at, of_guessed).scalar_one_or_none() or accepted
            connection.execute(_drop, of_guessed)
        else:
            opened = connection.execute(_opened, of_hit).scalar_one_or_none()
            accepted = min(accepted, opened[0][1]) if opened else accepted
        fact_store.put(connection, [replace(fact, kind="accepted", at=accepted), fact])


def submissions(store: Store, account_id: str, hit_id: str) -> dict[str, tuple[int, str | None]]:
    """When each submitted assignment of a HIT was submitted (epoch ms), and by whom."""
    with store.read() as connection:
        rows = connection.execute(_submissions, {"of_account": account_id, "of_hit": hit_id})
        return {row.subject_id: (row.at, row.worker_id) for row in rows}


def left_open(store: Store, account_id: str, before: int) -> list[Look]:
    """HITs with assignments in somebody's hands that no look has met since a moment (epoch ms)."""
    with store.read() as connection:
        rows = connection.execute(_left_open, {"of_account": account_id, "before": before})
        return [Look(*row) for row in rows]


def save(store: Store, account_id: str, changes: Iterable[Change]) -> None:
    """Store looks with what was learned; of two processes that looked at once, one."""
    rows, met = [], {}
    for change in changes:
        if (
            change.old.version
            and not change.learned
            and replace(change.new, looked_at=change.old.looked_at) == change.old
        ):
            met[change.new.hit_id] = change.new.looked_at
        else:
            rows.append(change)
    if not rows and not met:
        return
    dialect: Any = sqlite if store.sqlite else postgresql
    with store.write() as connection:
        if met:
            terms = {"of_account": account_id, "of_hits": list(met), "at": max(met.values())}
            connection.execute(_meet, terms)
        for change in rows:
            new = replace(change.new, version=change.old.version + 1)
            # as no list at all, which the index leaves out
            values = {**asdict(new), "opened": new.opened or None}
            if change.old.version:
                terms = {"of_account": account_id, "of_hit": new.hit_id, "of_version": change.old.version}
                done = connection.execute(_save.values(**values), terms)
            else:
                done = connection.execute(
                    dialect.insert(hit_looks).on_conflict_do_nothing(), {"account_id": account_id, **values}
                )
            if not done.rowcount:
                continue
            if change.anew:
                terms = {"of_account": account_id, "of_hit": new.hit_id, "of_kinds": list(change.anew)}
                connection.execute(_forget, terms)
            fact_store.put(connection, change.learned)


def dispose(store: Store, fact: Fact) -> None:
    """Write down that a HIT is gone, and remember no more of it than the facts."""
    with store.write() as connection:
        connection.execute(_drop_look, {"of_account": fact.account_id, "of_hit": fact.hit_id})
        fact_store.put(connection, [fact])


# ---- accounts ---------------------------------------------------------------------------------------------------------


def asked(store: Store, account_id: str, at: int) -> None:
    """Note that somebody asks for statistics of an account."""
    dialect: Any = sqlite if store.sqlite else postgresql
    row = dialect.insert(account_looks).values(account_id=account_id, asked_at=at, looked_at=0, begun_at=0)
    with store.write() as connection:
        connection.execute(row.on_conflict_do_update(index_elements=["account_id"], set_={"asked_at": at}))


def looked_at(store: Store, account_id: str) -> int:
    """When the HITs of an account were last looked through (epoch ms), or 0."""
    with store.read() as connection:
        return int(connection.execute(_looked_at, {"of_account": account_id}).scalar_one_or_none() or 0)


def finished(store: Store, account_id: str, at: int) -> None:
    """Note that all HITs of an account were looked at since a moment (epoch ms)."""
    with store.write() as connection:
        connection.execute(_finished, {"of_account": account_id, "at": at})


def claim_due(store: Store, now: int, milliseconds: int, asked_since: int) -> str | None:
    """An account whose statistics are asked for and whose last look is so long ago, for this process alone; or None."""
    with store.read() as connection:
        rows = connection.execute(_due, {"asked_since": asked_since, "before": now - milliseconds}).all()
    for row in rows:
        with store.write() as connection:
            terms = {"of_account": row.account_id, "old": row.begun_at, "at": now}
            if connection.execute(_claim, terms).rowcount:
                return str(row.account_id)
    return None
