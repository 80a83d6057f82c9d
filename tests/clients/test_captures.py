"""Hundreds of requests recorded from real old clients get an answer of the same kind as then."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.clients.replay import Replay, read

REST = (
    "boto-1.9b",
    "boto-2.2.2",
    "boto-2.5.2",
    "boto-2.38.0",
    "boto-2.49.0",
    "boto-2.49.0-py3.11",
    "boto-cli-mturk",
    "rturk",
)
SOAP = ("ruby_aws_soap", "turk50")


@pytest.mark.client
@pytest.mark.parametrize("name", [*REST, *SOAP])
def test_recorded_requests_get_an_answer_of_the_same_kind(scene, contract_dir, name, capsys):
    replay = Replay(scene, scene.requester())
    recording = read(contract_dir / "clients" / "captures" / f"{name}.jsonl")
    replay.look_ahead(recording)
    counts, differences = Counter(), []
    for number, recorded in enumerate(recording, 1):
        answer = replay.send(recorded)
        counts[recorded.operation or recorded.path] += 1
        if answer.code != recorded.code:
            differences.append(
                f"{number} {recorded.operation}: {recorded.code or 'success'} -> {answer.code or 'success'} "
                f"{answer.body[-400:]!r}"
            )
    with capsys.disabled():
        print(  # noqa: T201 - the table is what the test is asked for
            f"\n{name}: {sum(counts.values())} requests: " + ", ".join(f"{op} {n}" for op, n in sorted(counts.items()))
        )
    assert differences == [], "\n".join(differences)
