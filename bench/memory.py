"""How much a server process grows while an old client walks through 100,000 HITs with SearchHITs, page after page.

Once with a remote upstream, whose list is scanned once and kept outside the process, and once with the embedded
marketplace, which gives any page straight from its database.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
import time
from collections.abc import Callable

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store.accounts import find_key
from adapter.marketplace.operations import registry
from bench import measure
from bench.scale import fill

LIMIT = 64.0
MIB = 1024 * 1024


def walk(server: measure.Server, total: int, pages: int) -> tuple[float, float, float, float]:
    """Page through the list; MiB idle, MiB more at the highest, seconds for page 1 and on average for each later one."""
    client = measure.LegacyClient(server.port)
    client("GetAccountBalance")
    idle = server.largest()
    highest, stop = [idle], threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            highest.append(max(highest.pop(), server.largest()))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        started = time.perf_counter()
        first = client("SearchHITs", PageSize=100, SortProperty="Title")
        seconds = time.perf_counter() - started
        found = int(re.search(rb"<TotalNumResults>(\d+)<", first)[1])
        if found != total:
            raise RuntimeError(f"{found} HITs instead of {total}")
        step = max(1, total // 100 // pages)
        numbers = range(2, total // 100 + 1, step)
        started = time.perf_counter()
        for number in numbers:
            page = client("SearchHITs", PageSize=100, PageNumber=number, SortProperty="Title")
            if page.count(b"<HIT>") != 100:
                raise RuntimeError(f"page {number} is not whole")
        each = (time.perf_counter() - started) / len(numbers)
    finally:
        stop.set()
        watching.join()
    return idle / MIB, (highest[0] - idle) / MIB, seconds, each


def remote(total: int, pages: int) -> tuple[float, float, float, float]:
    """With an upstream of another process."""
    with measure.stub(rows=100, total=total) as upstream, measure.gateway(upstream=upstream.url, workers=1) as server:
        return walk(server, total, pages)


def embedded(total: int, pages: int) -> tuple[float, float, float, float]:
    """With the marketplace of the same process."""

    with measure.gateway(workers=1) as server:
        store = open_store(Settings(data=server.data, sqlite_synchronous="NORMAL"))

        registry.load()
        fill(store, find_key(store, measure.ACCESS_KEY_ID).account_id, total - 1, per_hit=0)  # it makes one more itself
        store.close()
        return walk(server, total, pages)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hits", type=int, default=100_000)
    parser.add_argument("--pages", type=int, default=200, help="pages fetched, spread over the whole list")
    chosen = parser.parse_args()
    ways: dict[str, Callable[[int, int], tuple[float, float, float, float]]] = {"remote": remote, "embedded": embedded}
    rows, kept = [], True
    for name, way in ways.items():
        idle, grown, first, each = way(chosen.hits, chosen.pages)
        rows.append((name, f"{idle:.0f} MiB", f"{grown:.1f} MiB", f"{first:.2f} s", f"{each * 1000:.1f} ms"))
        kept &= grown < LIMIT
    measure.print_table(("upstream", "idle process", "grown at most", "page 1", "a later page"), rows)
    print(
        f"A process is to grow by less than {LIMIT:.0f} MiB with {chosen.hits:,} HITs: {'kept' if kept else 'MISSED'}"
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
