"""Profiles of authors in data files, and later imports that complete imported accounts."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def site(tmp_path):
    """A folder of posts by `ann` and Bob Ray, in a site."""
    posts = tmp_path / "site" / "_posts"
    posts.mkdir(parents=True)
    for number, author in enumerate(("ann", "Bob Ray")):
        (posts / f"2020-01-0{number + 1}-a.md").write_text(f"---\ntitle: A\nauthor: {author}\n---\n")
    return posts


@pytest.fixture
def run(command, tmp_path):
    """Import a folder, and return the report."""

    def run_import(folder, *options):
        report = tmp_path / "report.json"
        result = command("import-markdown", str(folder), "--report", str(report), *options)
        assert (result.exit_code, result.stderr) == (0, "")
        return json.loads(report.read_text())

    return run_import


def user(client, name):
    found = client.get(f"/api/v1/users/by-username/{name}").json
    return [found[key] for key in ("display_name", "bio", "website")]


def test_data_files_of_the_site_have_profiles(site, run, client):
    (site.parent / "_data").mkdir()
    (site.parent / "_data" / "authors.yml").write_text(
        "ann:\n  name: Ann Lee\n  bio: Writes.\n  email: a@example.org\n  web: https://ann.example\n"
    )
    (site / "authors.json").write_text('[{"id": "bob", "name": "Bob Ray", "bio": "Reads."}, {"id": "x"}]')
    (site / "2020-01-03-a.md").write_text("---\ntitle: A\nauthor: Ann Lee\n---\n")
    report = run(site)
    assert client.get("/api/v1/users").json["data"][0]["post_count"] == 2
    assert user(client, "ann") == ["Ann Lee", "Writes.", "https://ann.example"]
    assert user(client, "bob") == ["Bob Ray", "Reads.", None]
    assert [(entry["source"], entry["code"]) for entry in report["entries"]] == [
        (str(site / "authors.json"), "name_missing")
    ]


def test_a_later_import_completes_accounts_and_overwrites_nothing(site, run, client, sql, tmp_path):
    assert not run(site)["entries"]
    profiles = tmp_path / "people.yaml"
    profiles.write_text(
        "ann:\n  name: Ann Lee\n  bio: Writes.\n  website: https://ann.example\n"
        "bob:\n  name: Bob Ray\n  bio: Reads.\n  website: https://bob.example\n"
    )
    sql("UPDATE users SET bio = 'Mine.' WHERE username = 'ann' RETURNING id")
    sql("UPDATE users SET password_hash = 'x' WHERE username = 'bob-ray' RETURNING id")
    expected = [("profile_completed", "the profile of ann fills website, display_name")]
    for options in (["--dry-run"], []):
        entries = run(site, "--authors", str(profiles), *options)["entries"]
        assert [(entry["code"], entry["detail"]) for entry in entries] == expected
    assert user(client, "ann") == ["Ann Lee", "Mine.", "https://ann.example"]
    assert user(client, "bob-ray") == ["Bob Ray", "", None]
    assert not run(site, "--authors", str(profiles))["entries"]
