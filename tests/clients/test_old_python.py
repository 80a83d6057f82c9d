"""Unmodified clients of the Python 2 years: boto since 1.9b and the tools built on it, under Jython and Python 3."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapter.core.store import accounts
from tests import processes
from tests.clients.packages import DRIVERS, cache, in_sandbox, program, python_source, python_wheels, requester, run

pytestmark = [pytest.mark.client, pytest.mark.slow]

#: Debian's packages jython, libxerces2-java and libbcpkix-java, and where they put their jars.
JARS = ("jython", "xercesImpl", "bcpkix", "bcprov", "bcutil")
JYTHON = [f"/usr/share/java/{name}.jar" for name in JARS]
HTML_PAGE = (
    "<html><head><title>t</title></head><body><p>Colour of ${thing}?</p>"
    '<form name="mturk_form" method="post" action="https://workersandbox.mturk.com/mturk/externalSubmit">'
    '<input type="hidden" name="assignmentId" value=""><input name="colour"></form></body></html>'
)
BOTO = ["1.9b", "2.2.2", "2.5.2", "2.38.0"]


@pytest.fixture
def setting(live, live_store, tmp_path):
    """A client's environment: boto led to the gateway by its own configuration file, everything else by socket.

    boto speaks to Amazon's host names through what it takes for an HTTP proxy.
    """
    settings = ["is_secure = False", "https_validate_certificates = False", "num_retries = 0"]
    settings += ["proxy = 127.0.0.1", f"proxy_port = {live.port}"]
    (tmp_path / "boto.cfg").write_text("\n".join(["[Boto]", *settings]) + "\n")
    return requester(live_store, live.data) | {
        "BOTO_CONFIG": str(tmp_path / "boto.cfg"),
        "GATEWAY_PORT": str(live.port),
        "HOME": str(tmp_path),
    }


def jython(script, setting, folder, *sources, **more):
    """Run a driver under Python 2.7 with these folders to import from; what the client returned to its user."""
    missing = [each for each in JYTHON if not Path(each).is_file()]
    if missing:
        pytest.skip(f"Jython 2.7 with its parser of XML and its TLS is not installed here: no {', '.join(missing)}")
    # a driver lives for seconds: the second compiler and the parallel collector would cost more than they save
    options = [
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        ":".join(JYTHON),
        f"-Dpython.cachedir={cache() / 'jython'}",
        "org.python.util.jython",
    ]
    path = ":".join(str(each) for each in (*sources, DRIVERS))
    command = [program("java"), *options, str(DRIVERS / script)]
    return run(command, setting | {"JYTHONPATH": path, **more}, folder)


@pytest.mark.parametrize("version", BOTO)
def test_boto_works_a_whole_day(setting, tmp_path, version):
    seen = jython("boto2_day.py", setting, tmp_path, python_source("boto", version))

    succeeded = ["notification", "email", "same_type", "search", "reviewable", "reviewing", "reviewing_back", "approve"]
    succeeded += ["reject", "bonus", "extend", "extend_time", "expire", "disable"]
    assert {name: seen[name] for name in succeeded} == dict.fromkeys(succeeded, True)
    assert seen["balance"] == "$10,000.00"
    created = seen["created"]
    assert created.pop("Keywords") in {"old, client", "['old', 'client']"}
    assert created == {
        "Title": "Old title",
        "Description": "Old description",
        "HITStatus": "Assignable",
        "MaxAssignments": "2",
        "Amount": "0.05",
        "CurrencyCode": "USD",
        "FormattedPrice": "$0.05",
        "HITReviewStatus": "NotReviewed",
        "AutoApprovalDelayInSeconds": "86400",
        "AssignmentDurationInSeconds": "600",
        "RequesterAnnotation": "batch & <1>",
        "HITTypeId": seen["hit_type"],
    }
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each) for each in seen["times"])
    assert seen["page"] == [2, "2", "3", "1"]
    assert seen["past_the_end"] == 0
    assert set(seen["expired"]) == {"False"}
    assert seen["got"][1] is True
    assert seen["assignments"] == ["2", ["AWORKERONE1", "AWORKERTWO2"]]
    assert seen["answer"] == "blue & <green>"
    assert seen["statuses"] == (["Approved", "Rejected"] if version == "1.9b" else seen["statuses"])
    assert seen["twice"][:2] == ["AWS.MechanicalTurk.InvalidAssignmentState", 200]
    assert seen["dispose_early"] == "AWS.MechanicalTurk.InvalidHITState"
    assert seen["dispose"] == [True, True]
    assert seen["left"] == "0"
    assert seen["unknown"] == "AWS.MechanicalTurk.HITDoesNotExist"
    if version == "1.9b":
        return
    assert seen["all"] == 3
    assert seen["block"] == [True, True]
    assert seen["notify"] is True
    assert seen["change"] is True
    assert seen["qualification_type"] == ["True", "Old skill", "Active", "true"]
    assert seen["twin"] == ["AWS.MechanicalTurk.QualificationTypeAlreadyExists", True]
    assert seen["find_types"] == ["Old skill"]
    assert seen["waiting"] == [1, "AWORKERONE1"]
    assert seen["score"] == "7"
    succeeded = ["requests", "grant", "assign", "update", "revoke", "update_type", "dispose_type"]
    assert {name: seen[name] for name in succeeded} == dict.fromkeys(succeeded, True)
    assert seen["no_score"] == "AWS.MechanicalTurk.QualificationDoesNotExist"


@pytest.mark.parametrize("version", ["2.38.0", "2.49.0"])
def test_boto_reads_refusals_that_quote_what_is_not_ascii(setting, tmp_path, version):
    seen = jython("boto2_refusals.py", setting, tmp_path, python_source("boto", version))

    assert seen["unknown"] == ["AWS.MechanicalTurk.HITDoesNotExist", "\u6f22\u5b57"]
    assert seen["long"] == ["AWS.MechanicalTurk.InvalidParameterValue", "\xe9\xe9\xe9"]
    assert seen["title"] == "\u6f22\u5b57"
    assert seen["disable"] == [True, "0"]


def test_turkic_works_a_whole_day_and_purges_the_account(setting, tmp_path):
    seen = jython("turkic_day.py", in_sandbox(setting), tmp_path, python_source("turkic", "0.2.4"))

    assert seen["balance"] == 10000.0
    assert seen["hits"] == [True, True]
    rewards, share, fees, created = seen["statistics"]
    assert rewards == 0.05
    assert share == 0.5  # of 1, as the service had it, though the client's printout adds a %
    assert fees == pytest.approx(0.03)
    assert created == 2
    assert "called with a status of: Submitted" in seen["twice"]
    assert seen["left"] == 0


FLASK = ["flask==1.1.4", "werkzeug==1.0.1", "click==7.1.2", "itsdangerous==1.1.0", "jinja2==2.11.3"]


@pytest.mark.parametrize(("name", "version"), [("psiturk-wallace", "2.2.0"), ("psiturk-dallinger", "3.1.5")])
def test_psiturk_works_a_whole_day(setting, tmp_path, name, version):
    sources = [python_source(name, version), python_source("boto", "2.38.0"), python_wheels("flask-1.1.4", *FLASK)]
    seen = jython(
        "psiturk_day.py", in_sandbox(setting), tmp_path, *sources, python_source("MarkupSafe", "1.1.1") / "src"
    )

    assert seen["login"] is True
    assert seen["balance"] == "$10,000.00"
    assert seen["created"] is True
    assert seen["active"] == [["A study", "Assignable", "2", "0", "0", "2"]]
    assert seen["status"] == "Assignable"
    assert seen["reviewable"] is True
    assert seen["workers"] == [["AWORKERONE1", "Submitted"], ["AWORKERTWO2", "Submitted"]]
    assert seen["submitted"] == 2
    yes = ["approve", "reject", "unreject", "bonus", "extend", "extend_time", "expire"]
    assert {each: seen[each] for each in yes} == dict.fromkeys(yes, True)
    assert seen["again"] is False
    assert seen["approved"] == 2
    assert seen["extended"] == ["5"]
    assert seen["gone"] == 0
    assert seen["left"] == 0


def test_the_first_psiturk_works_a_whole_day(setting, tmp_path):
    sources = [python_source("psiturk", "1.0.3"), python_source("boto", "2.5.2"), python_wheels("flask-1.1.4", *FLASK)]
    seen = jython(
        "psiturk1_day.py", in_sandbox(setting), tmp_path, *sources, python_source("MarkupSafe", "1.1.1") / "src"
    )

    assert seen["login"] == [1, 0]
    assert seen["balance"] == "$10,000.00"
    active = seen["active"]
    assert len(active.pop("hitid")) > 20
    assert active == {
        "title": "A study",
        "status": "Assignable",
        "max_assignments": "2",
        "number_assignments_completed": "0",
        "number_assignments_pending": "0",
        "number_assignments_available": "2",
    }
    assert seen["workers"] == seen["assignments"]
    assert seen["approve"] == [None, False]
    assert seen["reject"] is None
    assert seen["extended"] == ["5", True]
    assert seen["left"] == [0, 0]


@pytest.mark.parametrize("version", ["2011-10-01", "2014-08-15"])
def test_suds_works_a_whole_day(setting, tmp_path, version):
    seen = jython("suds_day.py", setting, tmp_path, python_source("suds", "0.4"), VERSION=version)

    assert seen["operations"] > 30
    assert seen["valid"] == "True"
    assert seen["hit"] == ["A task", "Assignable", 2, 0.03]
    assert seen["question"] is True
    assert seen["lifetime"] == 86400
    assert seen["requirement"] == ["GreaterThanOrEqualTo", 90, True]
    assert seen["counted"] == [2, 2, 1]
    assert seen["workers"] == ["AWORKERONE1", "AWORKERTWO2"]
    assert {name: seen[name] for name in ("approve", "reject", "bonus", "dispose")} == dict.fromkeys(
        ("approve", "reject", "bonus", "dispose"), "True"
    )
    assert seen["twice"] == ["False", "AWS.MechanicalTurk.InvalidAssignmentState"]
    assert seen["answer"] is True
    assert seen["left"] == 0
    assert seen["paid"] == 0.5
    assert seen["score"] == 7
    assert seen["balance"] == "$9,999.36"
    assert seen["wrong"] == "AWS.NotAuthorized"


def test_otree_works_a_whole_day(setting, tmp_path):
    source = python_source("otree-core", "0.9.21") / "otree" / "views" / "mturk.py"
    sources = [python_source("boto", "2.38.0"), python_wheels("six", "six==1.16.0")]
    seen = jython("otree_day.py", in_sandbox(setting), tmp_path, *sources, CLIENT=str(source))

    assert seen["granted"] is True
    assert seen["made"] == [True, True]
    assert seen["by_status"] == {"Approved": ["AWORKERONE1", "AWORKERTHREE3"], "Rejected": ["AWORKERTWO2"]}
    assert seen["approved"] == 2
    assert seen["score"] == "1"
    paid, refused, unknown = seen["said"][-3:]
    assert seen["said"][0][0] == "error"
    assert "status of: Submitted" in seen["said"][0][1]
    assert paid == ["warning", "Successfully made 1 payments. 1 payments failed."]
    assert refused == ["success", "You successfully rejected selected assignments"]
    assert "doesn't exist in your MTurk account" in unknown[1]


def test_dallinger_works_a_whole_day(setting, tmp_path):
    source = python_source("dallinger", "3.4.1") / "dallinger" / "mturk.py"
    sources = [python_source("boto", "2.38.0"), python_wheels("cached-property-1.5.2", "cached-property==1.5.2")]
    seen = jython("dallinger_day.py", in_sandbox(setting), tmp_path, *sources, CLIENT=str(source))

    yes = ["credentials", "duplicate", "assign", "set", "hits", "approve", "bonus", "disable", "dispose"]
    assert {each: seen[each] for each in yes} == dict.fromkeys(yes, True)
    assert seen["qualification_type"] == ["Took part before", "Once is enough", "Active"]
    assert seen["none"] is None
    assert [seen["score"], seen["increment"], seen["first_score"]] == [2, 3, 1]
    assert seen["holders"] == [["AWORKERONE1", "3"], ["AWORKERTWO2", "9"]]
    assert seen["hit"] == {
        "title": "A study",
        "description": "Take part",
        "max_assignments": "2",
        "reward": "0.5",
        "review_status": "NotReviewed",
        "status": "Assignable",
    }
    assert seen["keywords"] == ["psychology", "game"]
    assert seen["hours"] == 24.0
    assert seen["longer"] == [5, 26.0]
    assert seen["again"].startswith("Failed to approve assignment")
    assert seen["left"] == 0


def test_turkleton_works_a_whole_day_with_layouts(setting, tmp_path, live_store):
    account_id = accounts.find_key(live_store, setting["AWS_ACCESS_KEY_ID"]).account_id
    page = tmp_path / "page.html"
    page.write_text(HTML_PAGE)
    command = ("-m", "adapter.cli", "--sandbox", "layouts", "add", "Colours", str(page), "--account", account_id)
    added = processes.run(*command, env=setting, cwd=tmp_path)
    sources = [
        python_source("turkleton", "1.2.1"),
        python_source("boto", "2.38.0"),
        python_wheels("six", "six==1.16.0"),
    ]
    seen = jython("turkleton_day.py", in_sandbox(setting), tmp_path, *sources, LAYOUT_ID=added.stdout.split()[-1])

    assert seen["batch"] == 2
    assert seen["reviewable"] == [None, None]
    assert seen["first"] == [True, "AWORKERONE1", "blue"]
    assert seen["left"] == ["batch 8"]


def test_ptree_mturk_works_a_whole_day(proxied, proxied_store, tmp_path):
    sources = [python_source("django-ptree-mturk", "1.0.1")]
    sources.append(python_wheels("requests-2.5.3", "requests==2.5.3", "xmltodict==0.12.0"))
    env = requester(proxied_store, proxied.data.parent / "gateway" / "data") | {"GATEWAY_PORT": str(proxied.port)}
    seen = jython("ptree_day.py", in_sandbox(env), tmp_path, *sources)

    balance = {"Amount": "10000.000", "CurrencyCode": "USD", "FormattedPrice": "$10,000.00"}
    assert seen["balance"] == [True, balance]
    yes = ["made", "reviewable", "approve", "reject", "bonus", "notify", "dispose"]
    assert {each: seen[each] for each in yes} == dict.fromkeys(yes, True)
    assert seen["assignments"] == ["AWORKERONE1", "AWORKERTWO2"]
    assert seen["twice"] == [False, "AWS.MechanicalTurk.InvalidAssignmentState"]
    assert seen["unknown"] == [False, "AWS.MechanicalTurk.HITDoesNotExist"]


def test_botos_own_live_tests_pass(setting, tmp_path):
    seen = jython("boto_own_tests.py", in_sandbox(setting), tmp_path, python_source("boto", "2.2.2"))

    assert not seen["failures"], "\n".join(seen["failures"])
    assert "create_hit_from_hit_type.doctest" in seen["files"]
    assert seen["ran"] == 6 + len(seen["files"])
