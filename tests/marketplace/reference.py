"""The rules of HITs and assignments as a small model in memory, to compare the service with."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Work:
    """An assignment as the rules see it; times are seconds of the model's clock."""

    assignment_id: str
    worker: str
    state: str
    deadline: float
    submitted: float = 0
    automatic: float = 0
    paid: int = 0


@dataclasses.dataclass
class Task:
    """A HIT as the rules see it; money is cents."""

    hit_id: str
    most: int
    created_with: int
    reward: int
    duration: int
    delay: int
    expires: float
    expired: bool = False
    reviewing: bool = False
    reviewable_since: float | None = None
    disposed: bool = False
    work: list[Work] = dataclasses.field(default_factory=list)

    def count(self, *states):
        return sum(each.state in states for each in self.work)

    @property
    def cost(self):
        percent = 40 if self.created_with >= 10 else 20
        fee = max(1, (self.reward * percent + 50) // 100) if self.reward else 0
        return self.reward + fee

    @property
    def free(self):
        return self.most - self.count("Accepted", "Submitted", "Approved", "Rejected")

    @property
    def held(self):
        still_open = 0 if self.expired or self.disposed else self.free
        return self.cost * (self.count("Accepted", "Submitted") + still_open)

    @property
    def paid(self):
        return sum(each.paid for each in self.work)

    @property
    def status(self):
        if self.disposed:
            return "Disposed"
        done = self.count("Submitted", "Approved", "Rejected")
        if done == self.most or (self.expired and not self.count("Accepted")):
            return "Reviewing" if self.reviewing else "Reviewable"
        return "Assignable" if self.free and not self.expired else "Unassignable"

    def approve(self, work):
        """Approve an assignment at what the HIT pays now."""
        work.state, work.paid = "Approved", self.cost
