"""What a RevokeQualification costs through the gateway, compared with a plain boto3 client that makes the modern call itself.

R is the CPU time of all gateway processes per legacy call, divided by the CPU time of a client with boto3's defaults
per modern call: what a user pays for not rewriting. Both have the same fast stub as their upstream, in the same run.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from bench import measure

#: The highest R by the number of clients at once, and the R to aim for.
LIMITS = {1: 1.40, 16: 1.80}
AIM = 1.00
SUBJECT = {"QualificationTypeId": "789RVWYBAZW00EXAMPLE", "Reason": "You have not been using the site"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=400)
    chosen = parser.parse_args()
    with measure.stub() as upstream, measure.gateway(upstream=upstream.url) as server:
        modern = measure.boto3_client(upstream.url)
        contenders: dict[str, measure.Contender] = {
            "boto3": (
                lambda: modern.disassociate_qualification_from_worker(WorkerId="AZ3456EXAMPLE", **SUBJECT),
                time.process_time,
            )
        }
        for clients in LIMITS:
            contenders[f"{clients} at once"] = (crowd(server.port, clients, chosen.calls), server.cpu)
        figures: dict[str, list[float]] = {name: [] for name in contenders}
        for number in range(chosen.rounds + 1):
            for name in contenders if number % 2 else reversed(contenders):
                # a crowd makes all its calls at each call
                repeated = chosen.calls if name == "boto3" else 1
                figure = measure.cpu_per_call(contenders[name], repeated) * repeated / chosen.calls
                if number:
                    figures[name].append(figure)
    rows, kept = [("boto3 itself", measure.spread(figures["boto3"]), "")], True
    for clients, limit in LIMITS.items():
        mine = figures[f"{clients} at once"]
        ratio = measure.median([a / b for a, b in zip(mine, figures["boto3"], strict=True)])
        rows.append((f"gateway, clients at once: {clients}", measure.spread(mine), f"{ratio:.2f}"))
        kept &= ratio <= limit
    measure.print_table(("RevokeQualification", "CPU ms per call", "R"), rows)
    limits = ", ".join(f"{limit:.2f} with {clients}" for clients, limit in LIMITS.items())
    print(f"R is to be at most {limits}, and aims for {AIM:.2f}: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


def crowd(port: int, clients: int, calls: int):
    """A call that lets so many old clients, each with its own connection, make so many calls together."""
    pool = ThreadPoolExecutor(clients)
    each = [measure.LegacyClient(port, "2006-10-31") for _ in range(clients)]

    def work(client: measure.LegacyClient) -> None:
        for _ in range(calls // clients):
            client("RevokeQualification", SubjectId="AZ3456EXAMPLE", **SUBJECT)

    return lambda: list(pool.map(work, each))


if __name__ == "__main__":
    sys.exit(main())
