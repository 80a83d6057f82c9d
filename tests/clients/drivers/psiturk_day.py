"""A requester's working day through psiturk-wallace 2.2.0 or psiturk-dallinger 3.1.5 under Python 2.7."""

import datetime as dt
import os

from common import finish, note, work
from psiturk import amt_services, psiturk_config

# What psiturk-setup-example leaves in the folder of an experiment.
config = psiturk_config.SafeConfigParser()
config.add_section("Server Parameters")
config.set("Server Parameters", "notification_url", "http://127.0.0.1:9/notifications")
with open("config.txt", "wb") as file:  # noqa: PTH123
    config.write(file)

services = amt_services.MTurkServices(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], True)
note("login", services.valid_login)
note("balance", str(services.check_balance()))
hit_config = {
    "ad_location": "https://example.com/pub?campaign=1",
    "approve_requirement": 95,
    "us_only": True,
    "lifetime": dt.timedelta(hours=24),
    "max_assignments": 2,
    "title": "A study",
    "description": "Take part",
    "keywords": "psychology, game",
    "reward": 0.5,
    "duration": dt.timedelta(hours=1),
}
hit_id = services.create_hit(hit_config)
note("created", bool(hit_id))
note(
    "active",
    [
        [
            str(hit.options[name])
            for name in (
                "title",
                "status",
                "max_assignments",
                "number_assignments_pending",
                "number_assignments_completed",
                "number_assignments_available",
            )
        ]
        for hit in services.get_active_hits()
    ],
)
note("status", str(services.get_hit_status(hit_id)))
one = work(hit_id, "AWORKERONE1")
two = work(hit_id, "AWORKERTWO2")
note("reviewable", [str(hit.options["hitid"]) for hit in services.get_reviewable_hits()] == [str(hit_id)])
note("workers", [[str(each["workerId"]), str(each["status"])] for each in services.get_workers()])
note("submitted", len(services.get_workers("Submitted")))
note("approve", services.approve_worker(one))
note("again", services.approve_worker(one))
note("reject", services.reject_worker(two))
note("unreject", services.unreject_worker(two))
note("bonus", services.bonus_worker(one, 0.25, "Great"))
note("approved", len(services.get_workers("Approved")))
note("extend", services.extend_hit(hit_id, assignments_increment=3))
note("extend_time", services.extend_hit(hit_id, expiration_increment=10))
note("extended", [str(hit.options["max_assignments"]) for hit in services.get_all_hits()])
note("expire", services.expire_hit(hit_id))
note("gone", len(services.get_active_hits()))
note("dispose", services.dispose_hit(hit_id))
note("left", len(services.get_all_hits()))
finish()
