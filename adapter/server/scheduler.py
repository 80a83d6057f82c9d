"""The scheduler: runs what is due without a caller, again and again, until told to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from adapter.core import metrics

LOG = logging.getLogger("adapter.scheduler")

#: Seconds between two looks for work, and the longest pause after failures.
EVERY_SECONDS = 1.0
LONGEST_PAUSE = 60.0
#: Jobs with a thread of their own, because they wait for other machines, and the seconds between two of their rounds.
APART = {"notifications": 0.3, "events": 0.01}


class Periodic:
    """A job that is done at most once in so many seconds, however often it is called."""

    def __init__(self, seconds: float, job: Callable[[], object]) -> None:
        self._seconds, self._job, self._next = seconds, job, 0.0

    def __call__(self) -> None:
        """Do the job if it is time for it."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._seconds
            self._job()


def run_all(work: dict[str, Callable[[], object]], stopping: threading.Event) -> None:
    """Run the jobs until told to stop; those that wait for others' machines in threads of their own.

    What a job has under way is waited for at the end, except for a long poll, which may be cut off at any time.
    """
    metrics.figures()  # made now, since two threads would make them twice
    # where two worlds are served, the name of a job begins with its world
    apart = {name: job for name, job in work.items() if name.split()[-1] in APART}
    threads = {}
    for name, job in apart.items():
        arguments = ({name: job}, stopping, APART[name.split()[-1]])
        threads[name] = threading.Thread(target=run, args=arguments, name=name, daemon=True)
        threads[name].start()
    run({name: job for name, job in work.items() if name not in apart}, stopping)
    stopping.set()
    for name, job in apart.items():
        if close := getattr(job, "close", None):
            # its round must be over, or it would begin what nobody waits for
            threads[name].join()
            close()


def run(work: dict[str, Callable[[], object]], stopping: threading.Event, every: float = EVERY_SECONDS) -> None:
    """Run the jobs again and again until told to stop; a job that fails is tried again after a growing pause."""
    pauses = dict.fromkeys(work, 0.0)
    resume = dict.fromkeys(work, 0.0)
    while not stopping.is_set():
        for name, job in work.items():
            if stopping.is_set() or resume[name] > time.monotonic():
                continue
            try:
                with metrics.figures().job_seconds.labels(name).time():
                    job()
            except Exception:
                pauses[name] = min(max(pauses[name] * 2, EVERY_SECONDS), LONGEST_PAUSE)
                resume[name] = time.monotonic() + pauses[name]
                metrics.figures().job_failures.labels(name).inc()
                LOG.exception("%s failed; tried again in %.0f seconds", name, pauses[name])
            else:
                pauses[name] = 0.0
        stopping.wait(every)
