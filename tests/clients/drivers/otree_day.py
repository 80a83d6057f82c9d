"""A requester's working day through the MTurk views of oTree 0.9.21 under Python 2.7.

Their module is the published one; the web framework around it, which has nothing to do with MTurk, is made of what the
module asks of it.
"""

import imp
import os
import sys
from types import ModuleType

from common import finish, note, work

SAID = []


class Anything:
    """Stands for a class of the framework."""

    def __init__(self, *_, **__):
        pass


def module(name, **members):
    """Put a module of the framework in its place."""
    made = ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
    parent, _, last = name.rpartition(".")
    if parent:
        if parent not in sys.modules:
            module(parent)
        setattr(sys.modules[parent], last, made)
    return made


class Settings:
    AWS_ACCESS_KEY_ID = os.environ["AWS_ACCESS_KEY_ID"]
    AWS_SECRET_ACCESS_KEY = os.environ["AWS_SECRET_ACCESS_KEY"]
    MTURK_SANDBOX_HOST = "mechanicalturk.sandbox.amazonaws.com"
    MTURK_HOST = "mechanicalturk.amazonaws.com"
    DEBUG = False


class Messages:
    """What the views tell their user."""

    def __getattr__(self, kind):
        return lambda _request, text, **_: SAID.append([kind, str(text)])


class Fields:
    def __getattr__(self, _name):
        return Anything


def redirect(address):
    return address


module("django.conf", settings=Settings)
module("django.contrib", messages=Messages())
module("django.core.urlresolvers", reverse=lambda name, args: "/".join([name, args[0]]))
module("django.http", HttpResponseRedirect=redirect, HttpResponseServerError=redirect)
module("django.shortcuts", get_object_or_404=lambda model, **_: model.only)
module("vanilla", FormView=Anything, View=Anything)
module("IPy", IP=int)
fields = Fields()
fields.Form = Anything


class Session:
    """A session of an experiment, as the database keeps it."""

    code = "abc123"
    mturk_sandbox = True
    only = None

    def __init__(self):
        self.config = {
            "mturk_hit_settings": {
                "frame_height": 500,
                "grant_qualification_id": None,
                "qualification_requirements": [],
            },
            "participation_fee": 0,
        }
        self.participants = []
        self.participant_set = self

    def save(self):
        pass

    def filter(self, mturk_assignment_id__in):
        return [each for each in self.participants if each.mturk_assignment_id in mturk_assignment_id__in]


class Participant:
    def __init__(self, worker, assignment, payoff):
        self.mturk_worker_id, self.mturk_assignment_id, self.payoff = worker, assignment, payoff

    def payoff_in_real_world_currency(self):
        return self

    def to_number(self):
        return self.payoff

    def _id_in_session(self):
        return "P1"


module("otree", forms=fields, models=ModuleType("models"))
module("otree.models", Session=Session)
module("otree.forms", widgets=fields)
sys.modules["otree"].forms = fields
module("otree.deprecate", OtreeDeprecationWarning=Warning)
module("otree.views.abstract", AdminSessionPageMixin=type("Mixin", (object,), {}))
module("otree.checks.mturk", validate_session_for_mturk=lambda *_: None)
module("otree.common", RealWorldCurrency=float)

mturk = imp.load_source("otree.views.mturk", os.environ["CLIENT"])
from boto.mturk import qualification  # noqa: E402 - after the framework is in place


class Form:
    def __init__(self):
        self.data = {"money_reward": "1.50", "in_sandbox": "on"}
        self.cleaned_data = {
            "title": "A game",
            "description": "Play",
            "keywords": "game, bonus",
            "assignments": 3,
            "minutes_allotted_per_assignment": 60,
            "expiration_hours": 168.0,
        }

    def is_valid(self):
        return True


class Request:
    """A request of the browser of an experimenter."""

    FILES = None

    def __init__(self, **post):
        self.POST = self
        self.post = post

    def get_host(self):
        return "example.org"

    def build_absolute_uri(self, path):
        return "http://example.org/" + path

    def getlist(self, name):
        return self.post[name]


def view(name, request, **named):
    made = getattr(mturk, name)()
    made.request, made.session, made.get_form = request, session, lambda **_: Form()
    return made.post(request, **named)


session = Session.only = Session()
with mturk.MTurkConnection(Request(), True) as connection:
    (made,) = connection.create_qualification_type("Took part", "Once is enough", "Active")
    session.config["mturk_hit_settings"]["grant_qualification_id"] = str(made.QualificationTypeId)
    session.config["mturk_hit_settings"]["qualification_requirements"] = [
        qualification.LocaleRequirement("EqualTo", "US"),
        qualification.PercentAssignmentsApprovedRequirement("GreaterThanOrEqualTo", 50),
        qualification.NumberHitsApprovedRequirement("GreaterThanOrEqualTo", 5),
        qualification.Requirement(made.QualificationTypeId, "DoesNotExist"),
    ]
view("MTurkCreateHIT", Request())
note("granted", session.mturk_qualification_type_id == made.QualificationTypeId)
note("made", [len(session.mturk_HITId) > 20, len(session.mturk_HITGroupId) > 20])
workers = ["AWORKERONE1", "AWORKERTWO2", "AWORKERTHREE3"]
assignments = [work(session.mturk_HITId, each) for each in workers]
session.participants = [Participant(*each) for each in zip(workers, assignments, [0.75, 0, 0])]  # noqa: B905 - Python 2
# The third had been paid before by hand, so the view has to tell of an error.
with mturk.MTurkConnection(Request(), True) as connection:
    connection.approve_assignment(assignments[2])
    connection.assign_qualification(session.mturk_qualification_type_id, workers[0])
view("PayMTurk", Request(payment=[assignments[0], assignments[2]]), session_code=session.code)
view("RejectMTurk", Request(payment=[assignments[1]]), session_code=session.code)
with mturk.MTurkConnection(Request(), True) as connection:
    found = mturk.get_workers_by_status(connection, session.mturk_HITId)
    note("by_status", {str(status): sorted(map(str, each)) for status, each in found.items()})
    note("approved", len(mturk.get_all_assignments(connection, session.mturk_HITId, "Approved")))
    (score,) = connection.get_qualification_score(session.mturk_qualification_type_id, workers[0])
    note("score", str(score.IntegerValue))
session.config["mturk_hit_settings"]["grant_qualification_id"] = "3NOSUCHTYPE"
view("MTurkCreateHIT", Request())
note("said", SAID)
finish()
