"""Random sequences of operations against a small model of the rules: states, counters, errors and every cent."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adapter.core import clock
from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.store.balances import InsufficientFundsError, balances, sums
from adapter.marketplace.api.validation import validate
from adapter.marketplace.domain import assignment_lifecycle, transactions
from adapter.marketplace.errors import TurkError, WorkerError
from adapter.marketplace.operations import registry
from adapter.marketplace.questions.documents import GivenAnswer
from tests.marketplace.reference import Task, Work
from tests.marketplace.workshop import DAY, EXTERNAL

INITIAL = 1_000_000  # cents
WORKERS = [f"AWORKER{number}" for number in range(4)]
HOUR = 3600


class Rules(RuleBasedStateMachine):
    """The service beside its model; after each step both must agree."""

    folder = store = None

    @classmethod
    def shared_store(cls):
        if Rules.store is None:
            Rules.folder = Path(tempfile.mkdtemp(prefix="adapter-model-"))
            Rules.store = open_store(Settings(data=Rules.folder, sqlite_synchronous="NORMAL"))
            Rules.store.migrate()
            registry.load()
        return Rules.store

    @initialize()
    def begin(self):
        self.db = self.shared_store()
        self.account_id = accounts.create_account(self.db, "model").account_id
        self.now = 1_700_000_000.0
        self.real_clock = clock.milliseconds
        clock.milliseconds = lambda: int(self.now * 1000)
        self.tasks: list[Task] = []
        self.bonuses = 0
        self.used: dict[str, str] = {}

    def teardown(self):
        if hasattr(self, "real_clock"):
            clock.milliseconds = self.real_clock

    # what the model knows

    @property
    def available(self):
        return INITIAL - self.bonuses - sum(each.held + each.paid for each in self.tasks)

    def settle(self, task):
        """Follow a change of status: the 120 days run from becoming Reviewable."""
        if task.status in {"Assignable", "Unassignable"}:
            task.reviewing, task.reviewable_since = False, None
        elif task.reviewable_since is None:
            task.reviewable_since = self.now

    def due(self, task):
        times = [each.deadline for each in task.work if each.state == "Accepted"]
        times += [each.automatic for each in task.work if each.state == "Submitted"]
        if not task.expired:
            times.append(task.expires)
        if task.reviewable_since is not None:
            times.append(task.reviewable_since + 120 * DAY)
        return min(times) if times and not task.disposed else None

    def run_timers(self, task):
        for each in task.work:
            if each.state == "Accepted" and each.deadline <= self.now:
                each.state = "Abandoned"
            if each.state == "Submitted" and each.automatic <= self.now:
                task.approve(each)
        if task.expires <= self.now:
            task.expired = True
        self.settle(task)
        if task.reviewable_since is not None and task.reviewable_since + 120 * DAY <= self.now:
            task.disposed = True

    # what both do

    def call(self, name, expected=None, **request):
        """Run an operation; `expected` is the code of the refusal that the model foresees."""
        return self.attempt(
            lambda: registry.run(self.db, self.account_id, name, validate(name, request), "request-id"), expected
        )

    def work(self, function, expected, *arguments):
        return self.attempt(lambda: function(self.db, *arguments), expected)

    def attempt(self, function, expected):
        answer = code = None
        try:
            answer = function()
        except InsufficientFundsError:
            code = "InsufficientFunds"
        except (TurkError, WorkerError) as error:
            code = error.code.removeprefix("AWS.MechanicalTurk.")
        assert code == expected
        return answer

    def pick(self, number):
        return self.tasks[number % len(self.tasks)]

    def pick_work(self, number):
        everything = [(task, each) for task in self.tasks for each in task.work]
        return everything[number % len(everything)]

    some = st.integers(0, 1000)

    @rule(
        reward=st.sampled_from([0, 1, 13, 50, 100, 30_000, 400_000]),
        most=st.sampled_from([1, 1, 2, 3, 9, 10, 12]),
        lifetime=st.sampled_from([30, HOUR, 10 * DAY]),
        duration=st.sampled_from([30, HOUR, 20 * DAY]),
        delay=st.sampled_from([0, 2 * HOUR, 30 * DAY]),
        token=st.sampled_from([None, None, "a", "b"]),
    )
    def create(self, reward, most, lifetime, duration, delay, token):
        task = Task("", most, most, reward, duration, delay, self.now + lifetime)
        known = self.used.get(token)
        expected = None
        if known is not None and known[1] > self.now:
            expected = "HitAlreadyExists"
        elif task.held > self.available:
            expected = "InsufficientFunds"
        answer = self.call(
            "CreateHIT",
            expected,
            Title="t",
            Description="d",
            Reward=f"{reward / 100:.2f}",
            MaxAssignments=most,
            LifetimeInSeconds=lifetime,
            AssignmentDurationInSeconds=duration,
            AutoApprovalDelayInSeconds=delay,
            Question=EXTERNAL,
            **({"UniqueRequestToken": token} if token else {}),
        )
        if answer:
            task.hit_id = answer["HIT"]["HITId"]
            self.tasks.append(task)
            if token:
                self.used[token] = (task.hit_id, self.now + DAY)

    @precondition(lambda self: self.tasks)
    @rule(number=some, worker=st.sampled_from(WORKERS))
    def accept(self, number, worker):
        task = self.pick(number)
        expected = None
        mine = [each for each in task.work if each.worker == worker]
        if any(each.state in {"Accepted", "Submitted", "Approved", "Rejected"} for each in mine):
            expected = "AssignmentAlreadyExists"
        elif task.disposed:
            expected = "HITDoesNotExist"
        elif task.status != "Assignable":
            expected = "InvalidHITState"
        row = self.work(assignment_lifecycle.accept, expected, worker, task.hit_id)
        if row:
            task.work.append(Work(row.assignment_id, worker, "Accepted", self.now + task.duration))

    @precondition(lambda self: any(task.work for task in self.tasks))
    @rule(number=some)
    def give_back(self, number):
        task, each = self.pick_work(number)
        expected = None if each.state == "Accepted" else "InvalidAssignmentState"
        self.work(assignment_lifecycle.return_assignment, expected, each.worker, each.assignment_id)
        if expected is None:
            each.state = "Returned"
            self.settle(task)

    @precondition(lambda self: any(task.work for task in self.tasks))
    @rule(number=some)
    def submit(self, number):
        task, each = self.pick_work(number)
        expected = None if each.state == "Accepted" else "InvalidAssignmentState"
        self.work(assignment_lifecycle.submit, expected, each.worker, each.assignment_id, [GivenAnswer("q", "yes")])
        if expected is None:
            each.state, each.submitted, each.automatic = "Submitted", self.now, self.now + task.delay
            self.settle(task)
            self.run_timers(task)

    @precondition(lambda self: any(task.work for task in self.tasks))
    @rule(number=some, override=st.booleans())
    def approve(self, number, override):
        task, each = self.pick_work(number)
        late = task.disposed or self.now > each.submitted + 30 * DAY
        allowed = each.state == "Submitted" or (each.state == "Rejected" and override and not late)
        expected = None if allowed else "InvalidAssignmentState"
        if allowed and each.state == "Rejected" and task.cost > self.available:
            expected = "InsufficientFunds"
        self.call("ApproveAssignment", expected, AssignmentId=each.assignment_id, OverrideRejection=override)
        if expected is None:
            task.approve(each)

    @precondition(lambda self: any(task.work for task in self.tasks))
    @rule(number=some)
    def reject(self, number):
        _, each = self.pick_work(number)
        expected = None if each.state == "Submitted" else "InvalidAssignmentState"
        self.call("RejectAssignment", expected, AssignmentId=each.assignment_id, RequesterFeedback="no")
        if expected is None:
            each.state = "Rejected"

    @precondition(lambda self: any(each.state == "Submitted" for task in self.tasks for each in task.work))
    @rule(number=some, amount=st.sampled_from([1, 13, 100, 300_000]))
    def bonus(self, number, amount):
        found = [each for task in self.tasks for each in task.work if each.state == "Submitted"]
        each = found[number % len(found)]
        cost = amount + max(1, (amount * 20 + 50) // 100)
        self.call(
            "SendBonus",
            "InsufficientFunds" if cost > self.available else None,
            AssignmentId=each.assignment_id,
            WorkerId=each.worker,
            BonusAmount=f"{amount / 100:.2f}",
            Reason="good",
        )
        if cost <= self.available:
            self.bonuses += cost

    @precondition(lambda self: self.tasks)
    @rule(number=some, more=st.sampled_from([1, 2, 8, 30]))
    def add_assignments(self, number, more):
        task = self.pick(number)
        expected = None
        if task.disposed:
            expected = "InvalidHITState"
        elif task.created_with < 10 <= task.most + more:
            expected = "InvalidMaximumAssignmentsIncrease"
        elif not task.expired and task.cost * more > self.available:
            expected = "InsufficientFunds"
        name = "CreateAdditionalAssignmentsForHIT"
        self.call(name, expected, HITId=task.hit_id, NumberOfAdditionalAssignments=more)
        if expected is None:
            task.most += more
            self.settle(task)

    @precondition(lambda self: self.tasks)
    @rule(number=some, seconds=st.sampled_from([-HOUR, 30, 60, DAY, 400 * DAY]))
    def extend(self, number, seconds):
        """Negative: at once; else so long after the expiration, or after now."""
        task = self.pick(number)
        moment = (self.now if task.expired or seconds < 0 else task.expires) + seconds
        expected = None
        if task.disposed:
            expected = "InvalidHITState"
        elif seconds > 0 and not 60 <= seconds <= 365 * DAY:
            expected = "AWS.ParameterOutOfRange"
        elif seconds > 0 and task.expired and task.cost * task.free > self.available:
            expected = "InsufficientFunds"
        self.call("UpdateExpirationForHIT", expected, HITId=task.hit_id, ExpireAt=moment)
        if expected is None:
            task.expired = seconds < 0
            task.expires = moment if seconds > 0 else min(task.expires, self.now)
            self.settle(task)

    @precondition(lambda self: self.tasks)
    @rule(number=some, reward=st.sampled_from([0, 13, 100, 400_000]))
    def change_type(self, number, reward):
        task = self.pick(number)
        answer = self.call(
            "CreateHITType",
            Title="t",
            Description="d",
            Reward=f"{reward / 100:.2f}",
            AssignmentDurationInSeconds=task.duration,
            AutoApprovalDelayInSeconds=task.delay,
        )
        after = dataclasses.replace(task, reward=reward)
        expected = None
        if task.disposed:
            expected = "InvalidHITState"
        elif reward != task.reward and task.count("Accepted", "Submitted"):
            expected = "InvalidParameterValue"
        elif after.held - task.held > self.available:
            expected = "InsufficientFunds"
        self.call("UpdateHITTypeOfHIT", expected, HITId=task.hit_id, HITTypeId=answer["HITTypeId"])
        if expected is None:
            task.reward = reward

    @precondition(lambda self: self.tasks)
    @rule(number=some, revert=st.booleans())
    def review(self, number, revert):
        task = self.pick(number)
        expected = None if task.status == ("Reviewing" if revert else "Reviewable") else "InvalidHITState"
        self.call("UpdateHITReviewStatus", expected, HITId=task.hit_id, Revert=revert)
        if expected is None:
            task.reviewing = not revert

    @precondition(lambda self: self.tasks)
    @rule(number=some)
    def delete(self, number):
        task = self.pick(number)
        allowed = task.status in {"Reviewable", "Reviewing"} and not task.count("Submitted")
        self.call("DeleteHIT", None if allowed else "InvalidHITState", HITId=task.hit_id)
        if allowed:
            task.disposed = True

    @rule(seconds=st.sampled_from([1, 30, HOUR, DAY, 31 * DAY, 121 * DAY]))
    def wait(self, seconds):
        until = self.now + seconds
        while due := [(moment, task) for task in self.tasks if (moment := self.due(task)) is not None]:
            moment, task = min(due, key=lambda pair: pair[0])
            if moment > until:
                break
            self.now = moment
            self.run_timers(task)
        self.now = until

    # what must be true after each step

    @invariant()
    def every_hit_is_as_the_rules_say(self):
        if not hasattr(self, "tasks"):
            return
        for task in self.tasks:
            hit = self.call("GetHIT", HITId=task.hit_id)["HIT"]
            assert hit["HITStatus"] == task.status
            assert hit["MaxAssignments"] == task.most
            assert hit["NumberOfAssignmentsPending"] == task.count("Accepted")
            assert hit["NumberOfAssignmentsCompleted"] == task.count("Approved", "Rejected")
            assert hit["NumberOfAssignmentsAvailable"] == (0 if task.disposed else task.free)
            assert hit["Expiration"] == task.expires
            assert hit["Reward"] == f"{task.reward / 100:.2f}"
        listed = self.call("ListHITs", MaxResults=100)["HITs"]
        assert [each["HITId"] for each in listed] == [each.hit_id for each in self.tasks if not each.disposed]

    @invariant()
    def every_cent_is_accounted_for(self):
        if not hasattr(self, "tasks"):
            return
        with transactions.reading(self.db, self.account_id) as call:
            available, held = balances(call.connection, self.account_id)
            booked = sums(call.connection, self.account_id)
        assert available == Decimal(self.available) / 100
        assert held == Decimal(sum(each.held for each in self.tasks)) / 100
        assert booked["available"] == available
        assert booked["held"] == held
        assert sum(booked.values()) == 0
        assert booked["deposits"] == -Decimal(INITIAL) / 100
        assert booked["workers"] + booked["fees"] == Decimal(self.bonuses + sum(each.paid for each in self.tasks)) / 100


def teardown_module():
    if Rules.store is not None:
        Rules.store.close()
        shutil.rmtree(Rules.folder, ignore_errors=True)


TestRules = Rules.TestCase
TestRules.settings = hypothesis_settings(stateful_step_count=40)


def test_the_rules_hold_on_postgresql_too(postgresql_url, tmp_path):
    store = open_store(Settings(data=tmp_path, database_url=postgresql_url))
    store.migrate()
    registry.load()
    few = max(5, hypothesis_settings().max_examples // 20)

    class OnPostgresql(Rules):
        shared_store = classmethod(lambda _: store)

    try:
        run_state_machine_as_test(OnPostgresql, settings=hypothesis_settings(max_examples=few, stateful_step_count=30))
    finally:
        store.close()
