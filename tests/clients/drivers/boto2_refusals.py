"""What boto 2 under Python 2.7 makes of refusals beyond ASCII, and how it clears an account of Reviewable HITs."""

import datetime as dt

from boto.mturk.connection import MTurkConnection, MTurkRequestError
from boto.mturk.question import ExternalQuestion
from common import finish, note, work

#: Two texts that are unicode in either Python.
CHINESE = b"\xe6\xbc\xa2\xe5\xad\x97".decode("utf-8")
ACCENTS = b"\xc3\xa9".decode("utf-8") * 200


def refused(quoted, function, *arguments, **named):
    """The code that the client's user sees, and the quoted text if the message has it."""
    try:
        function(*arguments, **named)
    except MTurkRequestError as error:
        return [error.error_code, quoted if quoted in error.error_message else repr(error.error_message)]
    return ["no exception", ""]


wanted = {
    "question": ExternalQuestion("https://example.com/task", 400),
    "reward": 0.05,
    "duration": dt.timedelta(minutes=6),
    "lifetime": dt.timedelta(hours=1),
    "description": "d",
    "max_assignments": 1,
}
conn = MTurkConnection()
note("unknown", refused(CHINESE, conn.get_hit, CHINESE))
note("long", refused(ACCENTS[:3], conn.create_hit, title=ACCENTS, **wanted))
made = conn.create_hit(title=CHINESE, response_groups=["Minimal", "HITDetail"], **wanted)[0]
note("title", made.Title)
work(made.HITId, "AWORKERONE1")
note("disable", [conn.disable_hit(made.HITId).status, conn.search_hits().TotalNumResults])
finish()
