"""A requester's working day through Dallinger 3.4.1 under Python 2.7: its MTurkService, as its command line uses it."""

import imp
import os

from common import finish, note, work

mturk = imp.load_source("dallinger_mturk", os.environ["CLIENT"])
service = mturk.MTurkService(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], sandbox=True)
note("credentials", service.check_credentials())
made = service.create_qualification_type("Took part before", "Once is enough")
note("qualification_type", [str(made["name"]), str(made["description"]), str(made["status"])])
try:
    service.create_qualification_type("Took part before", "Once is enough")
except mturk.DuplicateQualificationNameError:
    note("duplicate", True)
note("none", service.get_qualification_type_by_name("no such name"))
note("assign", service.assign_qualification(made["id"], "AWORKERONE1", 2))
note("score", service.get_current_qualification_score("Took part before", "AWORKERONE1")["score"])
note("increment", service.increment_qualification_score("Took part before", "AWORKERONE1")["score"])
note("first_score", service.increment_qualification_score("Took part before", "AWORKERTWO2")["score"])
note("set", service.set_qualification_score(made["id"], "AWORKERTWO2", 9))
note(
    "holders",
    sorted([str(each["id"]), str(each["score"])] for each in service.get_workers_with_qualification(made["id"])),
)

hit = service.create_hit(
    title="A study",
    description="Take part",
    keywords="psychology, game",
    reward=0.5,
    duration_hours=1.0,
    lifetime_days=1,
    ad_url="https://example.com/ad?a=1",
    notification_url="https://example.com/notifications",
    approve_requirement=95,
    max_assignments=2,
    us_only=True,
    blacklist=["Took part before"],
)
fields = ("title", "description", "max_assignments", "reward", "review_status", "status")
note("hit", {name: str(hit[name]) for name in fields})
note("keywords", hit["keywords"])
note("hours", round((hit["expiration"] - hit["created"]).total_seconds() / 3600.0, 2))
longer = service.extend_hit(hit["id"], 3, 2.0)
note(
    "longer", [longer["max_assignments"], round((longer["expiration"] - longer["created"]).total_seconds() / 3600.0, 2)]
)
note("hits", [str(each["id"]) for each in service.get_hits()] == [str(hit["id"])])
one = work(hit["id"], "AWORKERTHREE3")
note("approve", service.approve_assignment(one))
note("bonus", service.grant_bonus(one, 0.75, "Thank you"))
try:
    service.approve_assignment(one)
except mturk.MTurkServiceException as error:
    note("again", str(error))
note("disable", service.disable_hit(hit["id"]))
note("left", len(list(service.get_hits())))
note("dispose", service.dispose_qualification_type(made["id"]))
finish()
