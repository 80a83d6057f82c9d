"""Sorted, numbered pages: of random rows, each list and each order shows what sorting the whole list in Python shows."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select

from adapter.core.store import accounts
from adapter.marketplace.domain.system_qualifications import SYSTEM_TYPES
from adapter.marketplace.errors import TurkError
from adapter.marketplace.operations.registry import load, run
from adapter.marketplace.operations.sorted_pages import LISTS, sorted_page
from adapter.marketplace.store import qualification_types
from adapter.marketplace.store import tables as schema
from adapter.marketplace.store import worker_tables as workers

load()
EVERYTHING = 1_000_000
SYSTEM = next(iter(SYSTEM_TYPES))
#: Texts that a database's own collation, upper case, or UTF-16 would sort in another order than code points do.
WORDS = ["", " ", "a", "A", "Z", "z", "ä", "aa", "é", "é", "ß", "ss", "Ω", "ﬀ", "😀", "_", "Worker_Adult", "Masters"]


@pytest.fixture
def filled(any_store):
    """A store with two accounts whose rows lie among each other; many rows have the same times, amounts and texts."""
    chance = random.Random(20141231)  # noqa: S311 (data for a test)
    any_store.owner, any_store.other = (accounts.create_account(any_store, name).account_id for name in "ab")
    rows = {table: [] for table in (schema.hit_types, schema.hit_type_requirements, workers.qualification_types)}
    rows |= {table: [] for table in (schema.hits, schema.assignments, schema.bonuses, workers.worker_blocks)}
    rows |= {table: [] for table in (workers.qualifications, workers.qualification_requests)}
    rows |= {table: [] for table in (schema.review_results, schema.review_actions)}

    def owner():
        return chance.choice([any_store.owner, any_store.other])

    def moment():
        return 1_500_000_000_000 + chance.randrange(12) * 250

    for number in range(24):
        rows[schema.hit_types].append(
            {
                "hit_type_id": f"3T{number}",
                "account_id": any_store.owner if number % 2 else any_store.other,
                "hit_group_id": f"3G{number}",
                "identity": str(number),
                "title": chance.choice(WORDS),
                "description": "d",
                "reward": Decimal("0.10"),
                "assignment_duration": 60,
                "auto_approval_delay": 0,
                "requirements": [],
                "created_at": 0,
            }
        )
        if number % 3:
            rows[schema.hit_type_requirements].append({"hit_type_id": f"3T{number}", "qualification_type_id": "3Q1"})
    for number in range(150):
        disposed = chance.random() < 0.1
        rows[schema.hits].append(
            {
                "hit_id": f"3H{number}",
                "account_id": any_store.owner if number < 3 else owner(),
                "hit_type_id": f"3T{chance.randrange(24)}",
                "question": "q",
                "max_assignments": 1,
                "created_with": 1,
                "reward": Decimal(chance.choice(["0.05", "0.50", "5.00", "10.00"])),
                "fee": Decimal("0.01"),
                "status": "Disposed" if disposed else chance.choice(["Assignable", "Reviewable", "Reviewing"]),
                "review_status": "NotReviewed",
                "created_at": 1_500_000_000_000 + number // 20,
                "expires_at": moment(),
                "expired_at": 1 if disposed else None,
                "disposed_at": 1 if disposed else None,
            }
        )
    for number in range(160):
        status = chance.choice(["Accepted", "Submitted", "Approved", "Rejected", "Returned"])
        shown = status in {"Submitted", "Approved", "Rejected"}
        rows[schema.assignments].append(
            {
                "assignment_id": f"3A{number}",
                "hit_id": f"3H{number % 2}",
                "account_id": any_store.owner,
                "worker_id": f"A{number}",
                "status": status,
                "accepted_at": moment(),
                "deadline_at": moment(),
                "submitted_at": moment() if shown else None,
                "auto_approval_at": moment() if shown else None,
                "approved_at": moment() if status == "Approved" else None,
                "rejected_at": moment() if status == "Rejected" else None,
                "released_at": moment() if status == "Returned" else None,
                "answer": chance.choice(WORDS) if shown else None,
                "feedback": chance.choice([None, "", "ü"]),
            }
        )
        rows[schema.bonuses].append(
            {
                "account_id": any_store.owner,
                "assignment_id": f"3A{number % 4}",
                "hit_id": f"3H{number % 2}",
                "worker_id": f"A{number % 4}",
                "amount": Decimal("1.10"),
                "fee": Decimal("0.10"),
                "reason": chance.choice([None, "", "ü"]),
                "granted_at": moment(),
            }
        )
        block = {"account_id": owner(), "worker_id": f"A{number}", "created_at": moment()}
        rows[workers.worker_blocks].append({**block, "reason": chance.choice([None, "ü"])})
    names = {any_store.owner: [], any_store.other: []}
    for number in range(80):
        account = any_store.owner if number < 3 else owner()
        deleted = number > 3 and chance.random() < 0.2
        name = chance.choice(WORDS) + chance.choice(WORDS)
        if name in names[account] and not deleted:
            name += str(number)
        names[account] += [] if deleted else [name]
        description, keywords = chance.choice(WORDS), chance.choice([None, "", "eins ZWEI_%"])
        rows[workers.qualification_types].append(
            {
                "qualification_type_id": f"3Q{number}",
                "account_id": account,
                "name": name,
                "description": description,
                "keywords": keywords,
                "searchable": qualification_types.searchable(name, description, keywords),
                "status": chance.choice(["Active", "Inactive", "Disposing"]),
                "auto_granted": False,
                "is_requestable": chance.random() < 0.7,
                "created_at": moment(),
                "deleted_at": 1 if deleted else None,
            }
        )
    for number in range(160):
        rows[workers.qualifications].append(
            {
                "qualification_type_id": f"3Q{number % 2}",
                "account_id": any_store.owner,
                "worker_id": f"A{number}",
                "value": chance.randrange(5),
                "status": chance.choice(["Granted", "Revoked"]),
                "granted_at": moment(),
            }
        )
        asked = chance.randrange(80)
        rows[workers.qualification_requests].append(
            {
                "qualification_request_id": f"3R{number}",
                "qualification_type_id": f"3Q{asked if number % 2 else 1}",
                "account_id": rows[workers.qualification_types][asked if number % 2 else 1]["account_id"],
                "worker_id": f"A{number}",
                "status": chance.choice(["Pending", "Pending", "Testing", "Granted", "Rejected"]),
                "answer": chance.choice([None, "x"]),
                "requested_at": moment(),
                "submitted_at": moment(),
            }
        )
        about = {
            "account_id": any_store.owner,
            "hit_id": f"3H{number % 2}",
            "level": chance.choice(["Assignment", "HIT"]),
            "action_id": f"a{number}",
        }
        result = {"subject_id": f"3A{number % 3}", "subject_type": "Assignment", "key": "k"}
        rows[schema.review_results].append({**about, **result, "value": str(number)})
        action = {"action_name": "approve", "target_id": f"3A{number % 3}", "target_type": "Assignment"}
        rows[schema.review_actions].append({**about, **action, "status": "Succeeded", "completed_at": moment()})
    for hit in rows[schema.hits][:2]:
        hit.update(status="Reviewable", disposed_at=None)
    with any_store.write() as connection:
        for table, values in rows.items():
            connection.execute(insert(table), values)
    return any_store


#: By boto3 method: the operation, the member with its rows, the sort keys, and arguments to ask with. Where several are to
#: make one list, as one legacy call asks for two statuses, the last says in which way a sorted page is asked for them.
LISTED = {
    "list_hits": ("ListHITs", "HITs", [[{}]]),
    "list_hits_for_qualification_type": (
        "ListHITsForQualificationType",
        "HITs",
        [[{"QualificationTypeId": "3Q1"}], [{"QualificationTypeId": "3Q2"}]],
    ),
    "list_reviewable_hits": (
        "ListReviewableHITs",
        "HITs",
        [
            [{}],
            [{"HITTypeId": "3T7"}],
            [{"Status": "Reviewing"}],
            [{"Status": "Reviewable"}, {"Status": "Reviewing"}],
            [{"Status": "Reviewing"}, {"Status": "Reviewable"}],
            [{"Status": status, "HITTypeId": "3T7"} for status in ("Reviewing", "Reviewable")],
        ],
    ),
    "list_assignments_for_hit": (
        "ListAssignmentsForHIT",
        "Assignments",
        [
            [{"HITId": "3H0"}],
            [{"HITId": "3H1", "AssignmentStatuses": ["Approved"]}],
            [{"HITId": "3H1", "AssignmentStatuses": ["Rejected", "Submitted"]}],
        ],
    ),
    "list_bonus_payments": ("ListBonusPayments", "BonusPayments", [[{"HITId": "3H1"}], [{"AssignmentId": "3A2"}]]),
    "list_worker_blocks": ("ListWorkerBlocks", "WorkerBlocks", [[{}]]),
    "list_qualification_types": (
        "ListQualificationTypes",
        "QualificationTypes",
        [
            [{"MustBeRequestable": False}],
            [{"MustBeRequestable": True}],
            [{"MustBeRequestable": False, "MustBeOwnedByCaller": True}],
            [{"MustBeRequestable": False, "Query": "WORKER_ percent"}],
            [{"MustBeRequestable": False, "Query": "A"}],
            [{"MustBeRequestable": True, "Query": "zwei_% eins"}],
            [{"MustBeRequestable": False, "Query": "nothing has this"}],
        ],
    ),
    "list_workers_with_qualification_type": (
        "ListWorkersWithQualificationType",
        "Qualifications",
        [[{"QualificationTypeId": "3Q1"}], [{"QualificationTypeId": "3Q1", "Status": "Revoked"}]],
    ),
    "list_qualification_requests": (
        "ListQualificationRequests",
        "QualificationRequests",
        [[{}], [{"QualificationTypeId": "3Q1"}]],
    ),
}

HIT_KEYS = {
    "Title": lambda row: row["Title"],
    "Reward": lambda row: Decimal(row["Reward"]),
    "Expiration": lambda row: row["Expiration"],
    "CreationTime": lambda row: row["CreationTime"],
    "Enumeration": lambda _: 0,
}
KEYS = {
    "list_hits": HIT_KEYS,
    "list_hits_for_qualification_type": {},
    "list_reviewable_hits": HIT_KEYS,
    "list_assignments_for_hit": {
        name: lambda row, name=name: row[name] for name in ("AcceptTime", "SubmitTime", "Answer", "AssignmentStatus")
    },
    "list_qualification_types": {"Name": lambda row: row["Name"]},
    "list_qualification_requests": {
        "SubmitTime": lambda row: row["SubmitTime"],
        "Expiration": lambda row: row["SubmitTime"],
        "QualificationTypeId": lambda row: row["QualificationTypeId"],
    },
}


def together(asked):
    """The arguments of a sorted page for what takes several calls of the API: one call with all their statuses."""
    first = asked[0]
    return first if len(asked) == 1 else {**first, "Status": [each["Status"] for each in asked]}


def pages(store, method, arguments, sort, descending, size):
    """Every page until the first empty one, and the total that all of them say."""
    found, totals = [], set()
    while True:
        rows, total = sorted_page(store, store.owner, method, arguments, sort, descending, len(found), size)
        totals.add(total)
        if not rows:
            assert len(totals) == 1
            return found, totals.pop()
        found += rows


def test_every_page_of_every_list_in_every_order_is_a_slice_of_the_whole_list_sorted(filled):
    for method, (name, member, questions) in LISTED.items():
        for asked in questions:
            answers = [run(filled, filled.owner, name, {**each, "MaxResults": EVERYTHING}) for each in asked]
            everything = [row for answer in answers for row in answer[member]]
            for sort, key in {"": lambda _: 0, **KEYS.get(method, {})}.items():
                ascending = sorted(everything, key=key)
                for descending in (False, True):
                    wanted = ascending[::-1] if descending else ascending
                    for size in (11, 100):
                        found = pages(filled, method, together(asked), sort, descending, size)
                        assert found == (wanted, len(wanted)), (method, asked, sort, descending, size)


def test_there_is_something_on_every_list_and_not_everything(filled):
    shown = {
        method: sorted_page(filled, filled.owner, method, together(questions[0]), "", False, 0, 1)[1]
        for method, (_, _, questions) in LISTED.items()
    }
    with filled.read() as connection:
        hits = connection.scalar(select(func.count()).select_from(schema.hits))
    assert all(20 < total < 150 for total in shown.values()), shown
    assert shown["list_hits"] < hits


def test_review_lines_are_the_results_and_then_the_actions_of_their_levels(filled):
    with filled.read() as connection:
        lines = [
            (row.level, table is schema.review_actions, row.action_id)
            for table in (schema.review_results, schema.review_actions)
            for row in connection.execute(select(table).where(table.c.hit_id == "3H1").order_by(table.c.seq))
        ]
    for levels in ([], ["Assignment"], ["HIT"], ["HIT", "Assignment"]):
        for results, actions in itertools.product((True, False), repeat=2):
            arguments = {"HITId": "3H1", "RetrieveResults": results, "RetrieveActions": actions}
            arguments |= {"PolicyLevels": levels} if levels else {}
            wanted = [
                (is_action, action_id)
                for level, is_action, action_id in lines
                if (not levels or level in levels) and (actions if is_action else results)
            ]
            for size in (7, 400):
                found, total = pages(filled, "list_review_policy_results_for_hit", arguments, "", False, size)
                assert [("ActionName" in row, row["ActionId"]) for row in found] == wanted
                assert total == len(wanted)


def test_review_lines_about_an_assignment_are_those_of_its_id(filled):
    arguments = {"HITId": "3H1", "AssignmentId": "3A2"}
    every, _ = pages(filled, "list_review_policy_results_for_hit", {"HITId": "3H1"}, "", False, 400)
    wanted = [row for row in every if "3A2" in {row.get("SubjectId"), row.get("TargetId")}]
    assert 0 < len(wanted) < len(every)
    found = pages(filled, "list_review_policy_results_for_hit", arguments, "", False, 10)
    assert found == (wanted, len(wanted))


@pytest.mark.parametrize(
    ("method", "name", "arguments"),
    [
        ("list_hits_for_qualification_type", "ListHITsForQualificationType", {"QualificationTypeId": "3NONE"}),
        ("list_reviewable_hits", "ListReviewableHITs", {"HITTypeId": "3NONE"}),
        ("list_assignments_for_hit", "ListAssignmentsForHIT", {"HITId": "3NONE"}),
        ("list_bonus_payments", "ListBonusPayments", {}),
        ("list_bonus_payments", "ListBonusPayments", {"HITId": "3NONE"}),
        ("list_bonus_payments", "ListBonusPayments", {"AssignmentId": "3NONE"}),
        ("list_bonus_payments", "ListBonusPayments", {"AssignmentId": "3A1", "HITId": "3H1"}),
        ("list_qualification_types", "ListQualificationTypes", {"MustBeRequestable": False, "Query": "q" * 201}),
        ("list_workers_with_qualification_type", "ListWorkersWithQualificationType", {"QualificationTypeId": "3NONE"}),
        ("list_workers_with_qualification_type", "ListWorkersWithQualificationType", {"QualificationTypeId": SYSTEM}),
        ("list_qualification_requests", "ListQualificationRequests", {"QualificationTypeId": "3NONE"}),
        ("list_qualification_requests", "ListQualificationRequests", {"QualificationTypeId": SYSTEM}),
        ("list_review_policy_results_for_hit", "ListReviewPolicyResultsForHIT", {"HITId": "3NONE"}),
    ],
)
def test_a_sorted_page_is_refused_as_the_operation_refuses(store, key, method, name, arguments):
    with pytest.raises(TurkError) as wanted:
        run(store, key.account_id, name, arguments)
    with pytest.raises(TurkError) as found:
        sorted_page(store, key.account_id, method, arguments, "", False, 0, 10)
    assert vars(found.value) == vars(wanted.value)


def test_what_is_another_requesters_does_not_exist(filled):
    for method, arguments in (
        ("list_hits_for_qualification_type", {"QualificationTypeId": "3Q0"}),
        ("list_reviewable_hits", {"HITTypeId": "3T1"}),
        ("list_assignments_for_hit", {"HITId": "3H0"}),
        ("list_bonus_payments", {"HITId": "3H0"}),
        ("list_bonus_payments", {"AssignmentId": "3A0"}),
        ("list_workers_with_qualification_type", {"QualificationTypeId": "3Q0"}),
        ("list_qualification_requests", {"QualificationTypeId": "3Q0"}),
        ("list_review_policy_results_for_hit", {"HITId": "3H0"}),
    ):
        with pytest.raises(TurkError, match=r"does not exist\.$"):
            sorted_page(filled, filled.other, method, arguments, "", False, 0, 10)


def test_reading_a_page_writes_nothing(filled):
    def contents():
        with filled.read() as connection:
            return [connection.execute(select(table)).all() for table in schema.hits.metadata.sorted_tables]

    before = contents()
    for method, (_, _, questions) in LISTED.items():
        sorted_page(filled, filled.owner, method, together(questions[0]), "", True, 5, 10)
    assert contents() == before
    assert set(LISTED) | {"list_review_policy_results_for_hit"} == set(LISTS)
