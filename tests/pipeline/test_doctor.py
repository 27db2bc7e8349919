"""The doctor says what is well, what is not, and what to do; keys it makes are never written over."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from digest import config, doctor
from digest.cli import app
from digest.doctor import Level
from digest.store import migrations
from digest.store.base import Store

SECRETS = {"root": "r" * 32, "pepper": "p" * 32}
NEWSLETTER = {
    "id": "daily",
    "name": "Daily",
    "from": "Daily <news@news.example.org>",
    "sections": [{"id": "news", "name": "News"}],
}


def settings(folder: Path, url: str, **more: Any) -> config.Settings:
    values: dict[str, Any] = {
        "site": {"postal_address": "1 Example Street", "url": "https://news.example.org"},
        "database": {"url": url},
        "secrets": SECRETS,
        "newsletters": [NEWSLETTER],
        "provider": {"kind": "maildir", "path": "mail"},
    }
    return config.parse(values | more, folder / "config.toml")


def levels(found: config.Settings) -> Mapping[str, Level]:
    return {one.name: one.level for one in doctor.look(found)}


def said(found: config.Settings, name: str) -> str:
    return " ".join(f"{one.found} {one.advice}" for one in doctor.look(found) if one.name == name)


def test_all_is_well(store: Store, tmp_path: Path) -> None:
    table = {"dkim": {"domain": "example.org"}, "feedback": {"domain": "bounces.news.example.org"}}
    found = settings(tmp_path, store.url, **table)
    doctor.dkim_keys(found)

    assert set(levels(found).values()) == {Level.GOOD}


def test_a_database_without_tables_is_behind_and_hides_no_other_check(empty_database_url: str, tmp_path: Path) -> None:
    found = settings(tmp_path, empty_database_url)

    assert levels(found)["database"] is Level.FAILED
    assert "Run `digest db upgrade`." in said(found, "database")
    assert levels(found)["disk"] is Level.GOOD


def test_a_database_of_an_older_version_is_behind(store: Store, tmp_path: Path) -> None:
    with store.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    assert f"It stands at 0001, this version needs {migrations.head()}." in said(
        settings(tmp_path, store.url), "database"
    )


@pytest.mark.parametrize(
    ("name", "more", "level", "words"),
    [
        ("configuration", {"provider": {"kind": "pigeon"}}, Level.FAILED, "“pigeon” is unknown"),
        ("configuration", {"newsletters": []}, Level.FAILED, "Write a [[newsletters]] table."),
        ("secrets", {"secrets": {"root": "r"}}, Level.FAILED, "Run `digest db upgrade`"),
        ("secrets", {"secrets": {"root": "r", "pepper": ""}}, Level.FAILED, "A secret is empty"),
        ("publisher", {"site": {}}, Level.WARNING, "postal_address is empty"),
        ("dkim", {}, Level.WARNING, "Write a [dkim] table"),
        ("dkim", {"dkim": {"domain": "other.example"}}, Level.FAILED, "no From address of other.example"),
        ("feedback", {}, Level.WARNING, "Name a domain under your From domain"),
        (
            "feedback",
            {"feedback": {"domain": "other.example"}},
            Level.WARNING,
            "does not belong to news@news.example.org",
        ),
        ("templates", {"newsletters": [{**NEWSLETTER, "template": "missing"}]}, Level.FAILED, "missing"),
    ],
)
def test_a_fault_is_named_with_the_way_out(
    name: str, more: dict[str, Any], level: Level, words: str, store: Store, tmp_path: Path
) -> None:
    found = settings(tmp_path, store.url, **more)
    if "dkim" in more:
        doctor.dkim_keys(found)

    assert levels(found)[name] is level
    assert words in said(found, name)


def test_a_dkim_key_that_is_missing_says_how_it_is_made(store: Store, tmp_path: Path) -> None:
    found = settings(tmp_path, store.url, dkim={"domain": "example.org"})

    assert levels(found)["dkim"] is Level.FAILED
    assert "Run `digest doctor --dkim`" in said(found, "dkim")


def test_secrets_that_others_can_read_are_told_of(store: Store, tmp_path: Path) -> None:
    (tmp_path / "var/secrets").mkdir(parents=True)
    (tmp_path / "var/secrets/root").write_text("r" * 32, encoding="ascii")
    (tmp_path / "var/secrets/root").chmod(0o644)
    found = settings(tmp_path, store.url, secrets={"pepper": "p" * 32})

    assert levels(found)["secrets"] is Level.WARNING
    assert f"chmod 600 {tmp_path / 'var/secrets/root'}" in said(found, "secrets")


def newsroom(folder: Path, more: str = "") -> Path:
    migrations.upgrade(f"sqlite:///{folder}/digest.db")
    file = folder / "config.toml"
    file.write_text(
        f'{more}\n[database]\nurl = "sqlite:///digest.db"\n[secrets]\nroot = "{"r" * 32}"\npepper = "{"p" * 32}"\n'
        '[provider]\nkind = "maildir"\npath = "mail"\n'
        '[[newsletters]]\nid = "daily"\nname = "Daily"\nfrom = "news@example.org"\n'
        '[[newsletters.sections]]\nid = "news"\nname = "News"\n',
        encoding="utf-8",
    )
    return file


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["doctor", *map(str, words)])
    return result.exit_code, result.stdout


def test_the_command_prints_a_line_for_each_check_and_fails_when_one_did(tmp_path: Path) -> None:
    file = newsroom(tmp_path)

    code, lines = run("--config", file)
    assert code == 0
    assert "ok       database: sqlite stands at" in lines

    (tmp_path / "digest.db").unlink()
    code, lines = run("--config", file, "--json")
    assert code == 1
    assert {one["name"]: one["level"] for one in json.loads(lines)}["database"] == "failed"


def test_the_command_makes_keys_once_and_shows_their_records(tmp_path: Path) -> None:
    more = '[dkim]\ndomain = "example.org"\ned25519_key_file = "var/secrets/ed25519.pem"'
    file = newsroom(tmp_path, more)

    first = json.loads(run("--dkim", "--json", "--config", file)[1])
    second = json.loads(run("--dkim", "--json", "--config", file)[1])

    assert [one["name"] for one in first] == ["digest._domainkey.example.org", "digest-ed25519._domainkey.example.org"]
    assert [one["made"] for one in first] == [True, True]
    assert second == [{**one, "made": False} for one in first]
    assert all(len(string) <= 255 for one in first for string in one["strings"])
    assert "".join(first[1]["strings"]).startswith("v=DKIM1; k=ed25519; p=")
    assert '_domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=' in run("--dkim", "--config", file)[1]


def test_the_command_says_what_to_write_where_no_table_is(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--dkim", "--config", str(newsroom(tmp_path))])

    assert result.exit_code != 0
    assert "Write [dkim]" in str(result.exception)
