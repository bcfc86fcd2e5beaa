"""Tests of the settings file and of its example."""

import os
import re

import config
from config import SETTINGS, Settings


def test_environment_variables_override_the_settings_file(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "PROJECT", tmp_path)
    (tmp_path / ".env").write_text("PORT=9000\nHOST=127.0.0.2\nDB_ECHO=\n")
    monkeypatch.setattr(os, "environ", {"PORT": "9001"})
    assert config.environment() == {"PORT": "9001", "HOST": "127.0.0.2", "DB_ECHO": ""}


def test_the_example_settings_file_is_complete_and_valid():
    text = (config.PROJECT / ".env.example").read_text(encoding="utf-8")
    pairs = re.findall(r"^# ([A-Z_]+)=(.*)$", text, re.MULTILINE)
    assert [name for name, _ in pairs] == list(SETTINGS)
    assert Settings("development").load({name: text for name, text in pairs if text})
