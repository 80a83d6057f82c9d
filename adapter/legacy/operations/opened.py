"""What became of assignments that were in Workers' hands, told from a HIT's counters at two looks: an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

#: Milliseconds by which the clocks of the gateway and the upstream may differ.
SLACK = 5000

#: Assignments accepted after one moment and not after another (epoch ms), and how many.
Group = list[int]


@dataclass(frozen=True)
class Ended:
    """An assignment that ended without a submission: accepted and ended (epoch ms), returned or abandoned, its id if known."""

    accepted: int
    at: int
    kind: str
    assignment_id: str | None


@dataclass(frozen=True)
class _Held:
    after: int
    accepted: int
    count: int
    assignment_id: str | None = None


def settle(
    opened: Sequence[Group],
    named: Sequence[tuple[str, int]],
    joined: Sequence[int],
    pending: int,
    since: int,
    now: int,
    duration: int,
) -> tuple[list[Group], list[Ended]]:
    """The assignments without a known id that are in somebody's hands now, and what ended since the last look.

    `opened` are the groups of the last look; `named` ids and times of those known to have been accepted and not to have
    ended; `joined` the times of acceptance of those whose id became known since the last look; `pending` how many there
    are by the HIT's counter; `since` is the last look and `now` this one; `duration` is the time a Worker has. Times in
    epoch ms.

    Whose deadline has certainly passed was abandoned at it. Of the others as many went as the counter lacks, the oldest
    first: abandoned if their deadline may have passed, else returned. What was accepted and given back between two
    looks is never seen. An acceptance without id is dated by the look that first saw it.
    """
    groups = [_Held(after, accepted, count) for after, accepted, count in opened]
    for at in sorted(joined):
        groups = _without(groups, at)
    groups = sorted([*groups, *(_Held(at, at, 1, name) for name, at in named)], key=lambda group: group.accepted)
    missing = sum(group.count for group in groups) - pending
    ended: list[Ended] = []
    kept: list[_Held] = []
    for group in groups:
        deadline = group.accepted + duration
        if deadline + SLACK <= now:
            missing -= group.count
            ended += [
                Ended(group.accepted, _between(since, deadline, now), "abandoned", group.assignment_id)
            ] * group.count
        else:
            kept.append(group)
    left: list[Group] = []
    for group in kept:
        gone = max(0, min(missing, group.count))
        missing -= gone
        if group.after + duration <= now:
            end = Ended(
                group.accepted, _between(since, group.accepted + duration, now), "abandoned", group.assignment_id
            )
        else:
            end = Ended(group.accepted, now, "returned", group.assignment_id)
        ended += [end] * gone
        if gone < group.count and group.assignment_id is None:
            left.append([group.after, group.accepted, group.count - gone])
    if missing < 0:
        left.append([since, now, -missing])
    return left, ended


def _without(groups: list[_Held], at: int) -> list[_Held]:
    """The groups without one: of the group that its acceptance falls into, else of one that was seen later."""
    fitting = [group for group in groups if at <= group.accepted + SLACK]
    chosen = next((group for group in fitting if group.after - SLACK < at), fitting[0] if fitting else None)
    found = [replace(group, count=group.count - 1) if group is chosen else group for group in groups]
    return [group for group in found if group.count]


def _between(low: int, value: int, high: int) -> int:
    return min(max(low, value), high)
