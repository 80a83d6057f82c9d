"""What a list costs through the gateway, compared with a plain boto3 client that asks for the same list itself.

R is the CPU time of all gateway processes per legacy call, divided by the CPU time of a client with boto3's defaults
per modern call. Both have the same fast stub as their upstream, in the same run.
"""

from __future__ import annotations

import argparse
import sys
import time

from bench import measure

#: The highest R, and the R to aim for.
LIMIT, AIM = 0.50, 0.30


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=40)
    chosen = parser.parse_args()
    with measure.stub() as upstream, measure.gateway(upstream=upstream.url, workers=1) as server:
        legacy = measure.LegacyClient(server.port)
        modern = measure.boto3_client(upstream.url)
        hit_id = "3HIT2017EXAMPLE00000000000000"
        lists = {
            "SearchHITs, 100 rows": (
                lambda: legacy("SearchHITs", PageSize=100, SortProperty="Enumeration"),
                lambda: modern.list_hits(MaxResults=100),
            ),
            "GetAssignmentsForHIT, 100 rows of 1 KB": (
                lambda: legacy("GetAssignmentsForHIT", HITId=hit_id, PageSize=100),
                lambda: modern.list_assignments_for_hit(HITId=hit_id, MaxResults=100),
            ),
        }
        rows, kept = [], True
        for name, (through, direct) in lists.items():
            figures = measure.interleaved(
                {"gateway": (through, server.cpu), "boto3": (direct, time.process_time)},
                calls=chosen.calls,
                rounds=chosen.rounds,
            )
            ratio = measure.median([a / b for a, b in zip(figures["gateway"], figures["boto3"], strict=True)])
            rows.append((name, *(measure.spread(figures[each]) for each in ("gateway", "boto3")), f"{ratio:.2f}"))
            kept &= ratio <= LIMIT
    measure.print_table(("call", "gateway, CPU ms", "boto3 itself, CPU ms", "R"), rows)
    print(f"R is to be at most {LIMIT}, and aims for {AIM}: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
