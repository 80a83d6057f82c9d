"""compose.yaml starts commands that exist."""

from __future__ import annotations

import yaml
from click.testing import CliRunner

from adapter.cli.main import cli
from tests.fixtures_live import ROOT


def test_every_command_of_the_composition_exists_with_its_options():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = [each for each in services.values() if each.get("image") == "mturk-legacy-adapter"]
    assert ours
    for service in ours:
        outcome = CliRunner().invoke(cli, [*service.get("command", ["serve"]), "--help"])
        assert outcome.exit_code == 0, outcome.output
