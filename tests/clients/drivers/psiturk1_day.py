"""A requester's working day through psiTurk 1.0.3, the first on the index, under Python 2.7."""

import os

from common import finish, note, work
from ConfigParser import ConfigParser
from psiturk.amt_services import MTurkServices

# What its setup leaves in config.txt.
SECTIONS = {
    "AWS Access": {
        "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
    },
    "HIT Configuration": {
        "using_sandbox": "True",
        "question_url": "https://example.com:22362/mturk?campaign=1",
        "Approve_Requirement": "95",
        "US_only": "true",
        "HIT_lifetime": "24",
        "max_assignments": "2",
        "title": "A study",
        "description": "Take part",
        "keywords": "psychology, game",
        "reward": "1",
        "duration": "2",
    },
}
config = ConfigParser()
for section, options in SECTIONS.items():
    config.add_section(section)
    for name, value in options.items():
        config.set(section, name, value)

services = MTurkServices(config)
key = [os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]]
note("login", [services.verify_aws_login(*key), services.verify_aws_login(key[0], "a wrong secret")])
note("balance", str(services.check_balance()))
services.create_hit()
hit_id = str(services.hitid)
(first,) = services.get_active_hits()
note("active", {name: str(value) for name, value in first.items() if name not in ("creation_time", "expiration")})
one = work(hit_id, "AWORKERONE1")
two = work(hit_id, "AWORKERTWO2")
note("workers", sorted([str(each["workerId"]), str(each["assignmentId"])] for each in services.get_workers()))
note("assignments", sorted([["AWORKERONE1", one], ["AWORKERTWO2", two]]))
# It answers None where all went well and False where not.
note("approve", [services.approve_worker(one), services.approve_worker(one)])
note("reject", services.reject_worker(two))
services.extend_hit(hit_id, "3", "90")
(again,) = services.get_active_hits()
note("extended", [str(again["max_assignments"]), again["expiration"] > first["expiration"]])
services.expire_hit(hit_id)
note("left", [len(services.get_active_hits()), len(services.get_workers())])
finish()
