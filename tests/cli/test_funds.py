"""`adapter funds` moves money once, and its statement tells every movement."""

from __future__ import annotations

import re
import threading
from decimal import Decimal

import boto3
import pytest
from botocore.config import Config
from click.testing import CliRunner

from adapter.cli.main import cli
from adapter.cli.support import CommandError
from tests.fixtures_live import ACCESS_KEY_ID, SECRET_ACCESS_KEY

QUESTION = """<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">
<HTMLContent><![CDATA[<form name="mturk_form" action="/mturk/externalSubmit"><input name="q"></form>]]></HTMLContent>
<FrameHeight>400</FrameHeight></HTMLQuestion>"""


@pytest.fixture
def adapter(tmp_path, monkeypatch):
    """Runs commands in an installation with one account of 100 dollars."""
    monkeypatch.setenv("ADAPTER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ADAPTER_INITIAL_BALANCE", "100")
    monkeypatch.setenv("ADAPTER_SQLITE_SYNCHRONOUS", "NORMAL")

    def run(*arguments, given=None):
        outcome = CliRunner().invoke(cli, arguments, input=given)
        if isinstance(outcome.exception, CommandError):
            return f"refused: {outcome.exception}"
        assert outcome.exit_code == 0, outcome.output
        return outcome.output

    run("keys", "import", ACCESS_KEY_ID, "--secret-file", "-", given=SECRET_ACCESS_KEY)
    return run


def rows(text):
    """The lines of a statement: what, the six amounts (a missing one is nothing), the subject."""
    listed = []
    for line in text.splitlines()[1:]:
        amounts = [line[34 + 16 * number : 48 + 16 * number].strip().replace(",", "") for number in range(6)]
        listed.append((line[22:32].strip(), *(Decimal(each or 0) for each in amounts), line[130:]))
    return listed


def test_a_deposit_is_made_once_however_often_it_is_asked_for(adapter):
    assert "150.50 available" in adapter("funds", "deposit", "50.5", "--reference", "transfer 7")
    assert "nothing changed" in adapter("funds", "deposit", "50.50", "--reference", "transfer 7")
    assert "refused: the reference transfer 7 was used for +50.50" in adapter(
        "funds", "deposit", "60", "--reference", "transfer 7"
    )
    assert "150.00 available" in adapter("funds", "withdraw", ".50".rjust(4, "0"), "--reference", "back")
    assert "nothing changed" in adapter("funds", "withdraw", "0.50", "--reference", "back")
    assert [(row[0], row[1], row[-1]) for row in rows(adapter("funds", "ledger"))] == [
        ("deposit", Decimal(100), "-"),
        ("deposit", Decimal("50.50"), "transfer 7"),
        ("withdrawal", Decimal("-0.50"), "back"),
    ]


def test_the_same_deposit_asked_for_by_many_at_once_is_made_once(any_store):
    from adapter.core.store import accounts, balances

    key = accounts.create_account(any_store, "one")
    made = []

    def pay():
        with any_store.write(key.account_id) as connection:
            made.append(balances.deposit(connection, key.account_id, Decimal("5.00"), 1, "transfer"))

    threads = [threading.Thread(target=pay) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(made) == [False] * 7 + [True]
    with any_store.read() as connection:
        assert balances.balances(connection, key.account_id)[0] == Decimal("10005.00")


def test_more_than_may_be_spent_is_not_withdrawn(adapter):
    assert "refused: there is not so much" in adapter("funds", "withdraw", "100.01", "--reference", "all")
    assert "0.00 available" in adapter("funds", "withdraw", "100", "--reference", "all")


@pytest.mark.parametrize("amount", ["0", "0.00", "1.005", "1e3", "nan", "1,000", "٣", ""])
def test_what_is_no_amount_of_dollars_and_cents_is_refused(adapter, amount):
    assert "is no amount" in adapter("funds", "deposit", amount, "--reference", "x")
    assert len(rows(adapter("funds", "ledger"))) == 1


def test_deposits_without_a_reference_are_each_a_new_one(adapter):
    assert "105.00 available" in adapter("funds", "deposit", "5")
    assert "110.00 available" in adapter("funds", "deposit", "5")
    first, second = (row[-1] for row in rows(adapter("funds", "ledger"))[1:])
    assert first != second


def test_money_of_another_endpoint_is_not_kept_here(adapter, monkeypatch):
    monkeypatch.setenv("ADAPTER_UPSTREAM", "http://127.0.0.1:1")
    assert "ADAPTER_UPSTREAM" in adapter("funds", "show")


def test_the_statement_has_every_movement_and_its_sums_are_the_balances(adapter, server, tmp_path):
    live = server(data=tmp_path / "data", workers=1, initial_balance="100")
    turk = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=live.url,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    hit = turk.create_hit(
        Title="One",
        Description="One",
        Reward="1.00",
        MaxAssignments=3,
        LifetimeInSeconds=600,
        AssignmentDurationInSeconds=60,
        Question=QUESTION,
    )["HIT"]["HITId"]
    assignments = [adapter("simulate", "submit", hit).strip() for _ in range(2)]
    turk.approve_assignment(AssignmentId=assignments[0])
    turk.reject_assignment(AssignmentId=assignments[1], RequesterFeedback="no")
    worker = turk.get_assignment(AssignmentId=assignments[0])["Assignment"]["WorkerId"]
    turk.send_bonus(WorkerId=worker, AssignmentId=assignments[0], BonusAmount="2.00", Reason="good")
    turk.update_expiration_for_hit(HITId=hit, ExpireAt=0)
    adapter("funds", "deposit", "1000", "--reference", "t")

    told = rows(adapter("funds", "ledger"))
    assert {row[0] for row in told} == {"deposit", "hold", "reward", "bonus", "release"}
    assert ("reward", 0, Decimal("-1.20"), Decimal("1.00"), Decimal("0.20")) in [row[:5] for row in told]
    assert ("bonus", Decimal("-2.40"), 0, Decimal("2.00"), Decimal("0.40")) in [row[:5] for row in told]
    sums = [sum(row[column] for row in told) for column in range(1, 5)]
    assert told[-1][5:7] == tuple(sums[:2])
    shown = dict(re.findall(r"^(\w[\w ]*\w) +([\d,.]+)$", adapter("funds", "show"), re.MULTILINE))
    assert {name: Decimal(amount.replace(",", "")) for name, amount in shown.items() if name != "account"} == {
        "available": sums[0],
        "held": sums[1],
        "put in": Decimal("1100.00"),
        "to workers": sums[2],
        "fees": sums[3],
    }
    assert Decimal(turk.get_account_balance()["AvailableBalance"]) == sums[0] == Decimal("1096.40")
