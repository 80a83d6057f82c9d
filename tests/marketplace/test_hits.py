"""HITs through boto3: creation, identity, limits, tokens, questions, layouts."""

from __future__ import annotations


QUESTION = """<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd">
<ExternalURL>https://example.org/task</ExternalURL><FrameHeight>400</FrameHeight></ExternalQuestion>"""
PROPERTIES = {
    "Title": "Describe a picture",
    "Description": "Say what you see.",
    "Keywords": "picture, text",
    "Reward": "0.50",
    "AssignmentDurationInSeconds": 600,
}


def hit_of(mturk, **members):
    return mturk.create_hit(**{**PROPERTIES, "LifetimeInSeconds": 3600, "Question": QUESTION, **members})["HIT"]


def test_a_new_hit_is_assignable_and_reads_back_as_created(mturk):
    created = hit_of(mturk, MaxAssignments=3, RequesterAnnotation="batch 1")
    assert created["HITStatus"] == "Assignable"
    assert mturk.get_hit(HITId=created["HITId"])["HIT"] == created
    assert mturk.list_hits()["HITs"] == [created]
    assert mturk.get_account_balance()["AvailableBalance"] == "9998.20"
