"""Tests of the alert rules for Prometheus in deploy/alerts.yml."""

from __future__ import annotations

import re
import subprocess

import yaml

from config import PROJECT
from tests.databases import on_one_database
from tests.prometheus import SENT, TOKEN
from tests.tools import require

FILE = PROJECT / "deploy" / "alerts.yml"
RULES = [
    rule for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
]
# Of the series of a histogram.
SUFFIX = re.compile(r"_(bucket|count|sum)$")
PAGE = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_promtool_accepts_the_rules():
    done = subprocess.run([require("promtool"), "check", "rules", FILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@on_one_database
def test_the_rules_use_existing_metrics(make_client):
    text = make_client(METRICS_TOKEN=TOKEN).get("/metrics", headers=SENT).text
    existing = {"up", *re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)}
    assert len(RULES) >= 10
    for rule in RULES:
        used = {SUFFIX.sub("", name) for name in re.findall(r"\b(?:blog|process)_\w+|\bup\b", rule["expr"])}
        assert used
        assert used <= existing, rule["alert"]


def test_each_rule_says_what_is_wrong_and_how_severe_it_is():
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)


def test_the_documentation_lists_all_metrics_of_the_rules():
    documented = set(re.findall(r"`((?:blog|process)_\w+)`", PAGE))
    used = {name for rule in RULES for name in re.findall(r"\b(?:blog|process)_\w+", rule["expr"])}
    assert {SUFFIX.sub("", name) for name in used} <= documented
