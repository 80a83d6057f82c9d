"""A requester's working day through django-ptree-mturk 1.0.1 under Python 2.7."""

import os
import socket

from common import finish, note, work

# Every name leads to the gateway, as a hosts file and a port forwarding would have it.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda _host, _port, *more: resolve("127.0.0.1", int(os.environ["GATEWAY_PORT"]), *more)

from mturk import mturk  # noqa: E402

client = mturk.MechanicalTurk(
    {
        "use_sandbox": True,
        "stdout_log": False,
        "verify_mturk_ssl": False,
        "aws_key": os.environ["AWS_ACCESS_KEY_ID"],
        "aws_secret_key": os.environ["AWS_SECRET_ACCESS_KEY"],
    }
)
QUESTION = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    'ExternalQuestion.xsd"><ExternalURL>https://example.com/task?a=1&amp;b=2</ExternalURL><FrameHeight>400</FrameHeight>'
    "</ExternalQuestion>"
)
balance = client.request("GetAccountBalance")
note("balance", [balance.valid, balance.get_response_element("AvailableBalance")])
made = client.request(
    "CreateHIT",
    {
        "Title": "A game",
        "Description": "Play & win",
        "Keywords": "game",
        "Question": QUESTION,
        "MaxAssignments": 2,
        "Reward": {"Amount": 0.1, "CurrencyCode": "USD"},
        "AssignmentDurationInSeconds": 600,
        "LifetimeInSeconds": 3600,
        "QualificationRequirement": [
            {
                "QualificationTypeId": mturk.LOCALE,
                "Comparator": "EqualTo",
                "LocaleValue": {"Country": "US"},
                "RequiredToPreview": True,
            },
            {"QualificationTypeId": mturk.P_APPROVED, "Comparator": "GreaterThan", "IntegerValue": 90},
        ],
    },
)
note("made", made.valid)
hit = made.get_response_element("HIT")
one = work(hit["HITId"], "AWORKERONE1")
two = work(hit["HITId"], "AWORKERTWO2")
found = client.request("GetReviewableHITs", {"PageSize": 10})
note("reviewable", found.get_response_element("HIT")["HITId"] == hit["HITId"])
given = client.request("GetAssignmentsForHIT", {"HITId": hit["HITId"], "PageSize": 10})
note("assignments", [each["WorkerId"] for each in given.get_response_element("Assignment")])
note("approve", client.request("ApproveAssignment", {"AssignmentId": one}).valid)
note("reject", client.request("RejectAssignment", {"AssignmentId": two, "RequesterFeedback": "No"}).valid)
bonus = {
    "AssignmentId": one,
    "WorkerId": "AWORKERONE1",
    "BonusAmount": {"Amount": 0.2, "CurrencyCode": "USD"},
    "Reason": "x",
}
note("bonus", client.request("GrantBonus", bonus).valid)
letter = {"WorkerId": ["AWORKERONE1", "AWORKERTWO2"], "Subject": "Hello", "MessageText": "There is more"}
note("notify", client.request("NotifyWorkers", letter).valid)
twice = client.request("ApproveAssignment", {"AssignmentId": one})
note("twice", [twice.valid, twice.get_response_element("Code")])
note("dispose", client.request("DisposeHIT", {"HITId": hit["HITId"]}).valid)
wrong = client.request("GetHIT", {"HITId": "NOSUCHHITNOSUCHHITNOSUCHHITNOS"})
note("unknown", [wrong.valid, wrong.get_response_element("Code")])
finish()
