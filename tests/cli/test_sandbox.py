"""The command line looks into the sandbox of a running installation."""

from __future__ import annotations

import re

from tests import processes
from tests.fixtures_live import ACCESS_KEY_ID, environment
from tests.legacy_client import A_HIT, flatten


def adapter(live, *arguments, given=""):
    """A command of this installation."""
    env = environment(data=live.data, port=live.port)
    return processes.run("-m", "adapter.cli", *arguments, cwd=live.data, env=env, given=given)


def test_commands_look_into_the_sandbox_when_they_are_told_to(server):
    live = server()
    given = ["=".join(each) for each in flatten({**A_HIT, "Title": "t"})]
    made = adapter(live, "--sandbox", "call", "CreateHIT", *given)
    hit_id = re.search("<HITId>(.*)</HITId>", made.stdout)[1]
    assert "HITDoesNotExist" in adapter(live, "call", "GetHIT", f"HITId={hit_id}").stdout
    assert hit_id in adapter(live, "--sandbox", "call", "GetHIT", f"HITId={hit_id}").stdout
    # ids are of one world only, so the HIT is found without a word about the world
    assert adapter(live, "simulate", "submit", hit_id).returncode == 0
    password = "correct horse battery"
    added = adapter(live, "--sandbox", "workers", "add", "ada", "--password-file", "-", given=password)
    assert added.returncode == 0, added.stderr
    assert "ada" in adapter(live, "--sandbox", "workers", "list").stdout
    assert "ada" not in adapter(live, "workers", "list").stdout
    assert ACCESS_KEY_ID in adapter(live, "--sandbox", "keys", "list").stdout
    for told in ([], ["--sandbox"]):
        checked = adapter(live, *told, "doctor").stdout
        assert re.findall("(?m)^no .*", checked) == []
        assert ("sandbox's database" in checked) is not bool(told)
