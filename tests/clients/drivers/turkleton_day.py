"""A requester's working day through turkleton 1.2.1, under Python 2.7."""

import datetime as dt
import os

from common import finish, note, work
from turkleton import connection
from turkleton.assignment import answer, assignment, hit, task

connection.setup_sandbox(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])


class ColourTask(task.BaseTask):
    """A task whose page is a layout."""

    __layout_id__ = os.environ["LAYOUT_ID"]
    __reward__ = 0.25
    __title__ = "Name a colour"
    __description__ = "Look & name"
    __keywords__ = ("colour", "eye")
    __hit_expires_in__ = dt.timedelta(hours=1)


class ColourAssignment(assignment.BaseAssignment):
    """What a worker answered."""

    colour = answer.TextAnswer("colour", default="none")


with task.batched_upload(batch_id="batch 7"):
    ColourTask.create_and_upload(thing="The sky & <sea>")
    ColourTask.create_and_upload(thing="Grass")
ColourTask.create_and_upload(thing="Snow", batch_id="batch 8")

batch = list(hit.get_all_by_batch_id("batch 7"))
note("batch", len(batch))
one = work(batch[0].hit_id, "AWORKERONE1", "colour=blue")
two = work(batch[1].hit_id, "AWORKERTWO2", "colour=green")
# The service gives only ids of reviewable HITs, as Amazon's did, so the client's filter by batch finds none.
note(
    "reviewable", [each.batch_id for each in hit.transform_raw_hits(connection.get_connection().get_reviewable_hits())]
)
first = ColourAssignment.get_by_hit_id(batch[0].hit_id)[0]
note("first", [first.assignment_id == one, first.worker_id, first.colour])
first.approve("Thank you")
ColourAssignment.get_by_hit_id(batch[1].hit_id)[0].reject("No")
for each in batch:
    each.dispose()
note("left", [each.batch_id for each in hit.get_all()])
finish()
