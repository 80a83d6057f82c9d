"""`adapter notifications` and what `adapter doctor` says of them."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from adapter.cli.main import cli
from adapter.core.settings import variable
from tests import processes
from tests.fixtures_live import environment, free_port


def run(world, *arguments, **settings):
    environment = {
        variable("data"): str(world.settings.data),
        variable("database_url"): world.settings.database_url,
        **{variable(name): value for name, value in settings.items()},
    }
    return CliRunner(env=environment).invoke(cli, arguments, catch_exceptions=False).output


def test_what_waits_and_what_failed_is_listed_without_the_address(world, new_receptor):
    broken, good = new_receptor(status=500), new_receptor()
    types = [world.hit_type(Title=each) for each in ("broken", "good")]
    world.tell(types[0], "REST", broken.url + "?password=hush", "HITCreated")
    world.tell(types[1], "REST", good.url, "HITCreated")
    for each in types:
        world.hit_of(each)
    assert run(world, "notifications", "list") == "none\n"
    world.deliver()
    listed = run(world, "notifications", "list")
    assert len(listed.splitlines()) == 2
    assert re.search(rf"failed +REST +127\.0\.0\.1:{broken.port} .*status 500", listed)
    assert "hush" not in listed
    assert len(run(world, "notifications", "list", "--all").splitlines()) == 3
    assert len(run(world, "notifications", "list", "--all", "--limit", "1").splitlines()) == 2


def test_doctor_says_where_receptors_may_be_and_that_mails_have_no_server(world):
    assert re.search(r"^yes  notifications: receptors at public addresses, 127", run(world, "doctor"), re.MULTILINE)
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "Email", "me@example.com", "HITCreated")
    assert re.search(r"^no   notifications: 1 HIT types .*ADAPTER_SMTP_URL", run(world, "doctor"), re.MULTILINE)
    there = run(world, "doctor", smtp_url="smtp://127.0.0.1")
    assert re.search(r"^yes  notifications: .*e-mail by the server", there, re.MULTILINE)
    wrong = run(world, "doctor", receptor_networks="10.0.0.0/99")
    assert re.search(r"^no   notifications: ADAPTER_RECEPTOR_NETWORKS", wrong, re.MULTILINE)


@pytest.mark.parametrize("command", ["serve", "scheduler"])
def test_what_is_no_network_is_refused_at_start(world, command):
    wrong = environment(data=world.settings.data, receptor_networks="10.0.0.0/99", port=free_port())
    done = processes.run("-m", "adapter.cli", command, env=wrong, cwd=world.settings.data)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("adapter: ADAPTER_RECEPTOR_NETWORKS: ")


def test_worker_once_delivers_all_that_is_due(world, receptor):
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", receptor.url, "HITCreated")
    world.hit_of(hit_type_id)
    run(world, "scheduler", "--once")
    assert (len(receptor.heard), world.states()) == (1, ["delivered"])
