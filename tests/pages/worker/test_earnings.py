"""What workers earned, were paid, and are owed."""

from __future__ import annotations

from decimal import Decimal

from adapter.marketplace.domain.payouts import Payout, pay
from tests.pages.worker.test_dashboard import entries, submitted, totals


def test_earnings_add_up_to_the_cent(visitor, mturk, store):
    for reward in ("0.01", "0.07", "10.10"):
        mturk.approve_assignment(AssignmentId=submitted(mturk, store, visitor, Reward=reward))
    paid = submitted(mturk, store, visitor, Reward="5.00", Title="With bonus")
    mturk.send_bonus(WorkerId=visitor.worker_id, AssignmentId=paid, BonusAmount="1234.56", Reason="Thanks")
    mturk.send_bonus(WorkerId=visitor.worker_id, AssignmentId=paid, BonusAmount="0.01", Reason="And more")
    shown = visitor.get("/mturk/earnings")
    assert totals(shown) == {
        "Approved work": "$10.18",
        "Bonuses": "$1,234.57",
        "Earned": "$1,244.75",
        "Paid out": "$0.00",
        "Owed to you": "$1,244.75",
    }
    listed = entries(shown)
    assert listed[0].startswith("$0.01 for With bonus")
    assert "And more" in listed[0]
    assert listed[1].startswith("$1,234.56 for With bonus")
    assert "You have received a bonus of $1234.56" in visitor.get("/mturk/messages").text


def test_what_was_paid_out_is_shown_and_no_longer_owed(visitor, new_visitor, mturk, store):
    mturk.approve_assignment(AssignmentId=submitted(mturk, store, visitor, Reward="12.00"))
    for number in range(1, 8):
        pay(store, [Payout(visitor.worker_id, Decimal("1.50"), f"bank <{number}>")])
    shown = visitor.get("/mturk/earnings")
    assert (totals(shown)["Paid out"], totals(shown)["Owed to you"]) == ("$10.50", "$1.50")
    assert "$1.50 bank <7>" in shown.text
    assert "bank <1>" not in shown.text
    everything = visitor.get(shown.links()["All payouts"])
    assert all(f"bank <{number}>" in everything.text for number in range(1, 8))
    assert "bank" not in new_visitor("Bea").get("/mturk/payouts").text
