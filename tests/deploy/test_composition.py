"""compose.yaml starts commands that exist, passes every setting on, and runs what the lock file names."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
import yaml
from click.testing import CliRunner

from adapter.cli.main import cli
from adapter.core.settings import Settings, load, unknown, variable
from tests.fixtures_live import ROOT


@pytest.fixture
def services():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def test_every_command_of_the_composition_exists_with_its_options(services):
    ours = [each for each in services.values() if each.get("image") == "mturk-legacy-adapter"]
    assert ours
    for service in ours:
        outcome = CliRunner().invoke(cli, [*service.get("command", ["serve"]), "--help"])
        assert outcome.exit_code == 0, outcome.output


def test_every_setting_reaches_the_gateway_but_for_those_that_the_composition_relies_on(services):
    gateway = services["gateway"]
    assert gateway["env_file"] == [{"path": ".env", "required": False}]
    fixed = gateway["environment"]
    assert unknown(fixed) == []
    # nothing is taken from the caller's environment, where it would hide what the file says
    assert not [value for value in fixed.values() if "$" in value]
    assert {name.removesuffix("_FILE") for name in fixed} == {
        variable(name) for name in ("host", "port", "data", "database_url", "encryption_key", "trusted_proxies")
    }
    settings = load({name: value for name, value in fixed.items() if not name.endswith("_FILE")})
    assert f"gateway:{settings.port} " in (ROOT / "deploy" / "nginx.conf").read_text()
    assert f"{settings.data}" in [each.partition(":")[2] for each in gateway["volumes"]]
    assert {each.removesuffix("_FILE") for each in fixed} < {variable(each.name) for each in fields(Settings)}


def test_nginx_asks_again_where_the_gateway_is_and_is_new_enough_to_do_so(services):
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    assert re.search(r"^ +server gateway:8000 resolve;$", text, re.MULTILINE)
    # without these two nginx refuses the word
    assert re.search(r"^ +resolver 127\.0\.0\.11 valid=\d+s;$", text, re.MULTILINE)
    assert re.search(r"^ +zone gateway \d+k;$", text, re.MULTILINE)
    image, version = services["nginx"]["image"].split(":")
    assert image == "nginx"
    assert tuple(map(int, version.split("."))) >= (1, 28)


def test_the_image_is_built_from_the_lock_files_alone():
    installed = re.findall(
        r"pip install ((?:[^\n\\]|\\\n)*)", re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    )
    assert installed
    for each in installed:
        locked = "--require-hashes" in each and "-r requirements/run.txt" in each
        itself = "--no-deps" in each and "--no-build-isolation" in each and each.endswith(" .")
        assert locked or itself, each
