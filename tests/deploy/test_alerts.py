"""The dashboard, the alarms and docs/metrics.md name figures, labels and outcomes that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from adapter.core.metrics import figures
from adapter.server.scrapes import STORED
from tests.fixtures_live import ROOT

DASHBOARD = json.loads((ROOT / "deploy" / "grafana.json").read_text())
RULES = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text())
#: What each kind of figure is called where it is asked for.
ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def known():
    """{name to ask for: its labels}."""
    found = {name: {"world", *labels} for name, (_, labels) in STORED.items()} | {"adapter_database_up": {"world"}}
    for each in vars(figures()).values():
        if isinstance(each, MetricWrapperBase):
            (family,) = each.describe()
            for ending in ENDINGS[family.type]:
                more = {"le"} if ending == "_bucket" else set()
                found[family.name + ending] = {*each._labelnames, *more}
    return found


def expressions():
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return asked + [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


def test_every_figure_that_is_asked_for_exists():
    assert {name for each in expressions() for name in re.findall(r"adapter_\w+", each)} <= set(known())


def test_every_label_that_is_asked_for_is_one_of_the_figure_s():
    for each in expressions():
        names = re.findall(r"adapter_\w+", each)
        asked = re.findall(r"(\w+)(?:=~|!=|=)\"", each)
        asked += [label for group in re.findall(r"by \(([^)]*)\)", each) for label in group.split(", ")]
        of_prometheus = {"job", "instance"}
        for name in names:
            assert set(asked) - of_prometheus <= known()[name], each


def test_every_outcome_that_is_asked_for_is_one_that_the_guide_explains():
    guide = (ROOT / "docs" / "metrics.md").read_text()
    for each in expressions():
        for outcomes in re.findall(r"outcome(?:=~|!=|=)\"([^\"]+)\"", each):
            assert all(f"`{outcome}`" in guide for outcome in outcomes.split("|"))


def test_the_guide_explains_every_figure_and_no_other():
    guide = (ROOT / "docs" / "metrics.md").read_text()
    explained = set(re.findall(r"^\| `(adapter_\w+)`", guide, re.MULTILINE))
    assert explained == {re.sub(r"_(bucket|count|sum)$", "", name) for name in known()}


def test_every_figure_has_its_place_on_the_dashboard():
    asked = " ".join(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])
    assert not {name for name in known() if re.sub(r"_(bucket|count|sum)$", "", name) not in asked}


def test_prometheus_takes_the_alarms():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here")
    checked = subprocess.run(
        [promtool, "check", "rules", str(ROOT / "deploy" / "alerts.yaml")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
