from pathlib import Path
from typing import Any

import pytest

from digest import config
from digest.errors import ConfigError

NEWSLETTER = {"id": "daily", "name": "Daily", "from": "a@example.org", "sections": [{"id": "news", "name": "News"}]}


def sentence(values: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        config.parse(values, Path("config.toml"))
    return str(caught.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"site": {"nam": "x"}}, "“site.nam” is no key."),
        ({"newsletters": [{**NEWSLETTER, "zone": "Mars/Base"}]}, "“newsletters.daily.zone” is wrong: write a zone"),
        (
            {"newsletters": [{**NEWSLETTER, "send_at": "7.30"}]},
            "“newsletters.daily.send_at” is wrong: write a local time",
        ),
        ({"newsletters": [{"id": "daily", "name": "D", "sections": []}]}, "“newsletters.daily.from” is missing."),
        ({"newsletters": [{**NEWSLETTER, "max_age": "2 weeks"}]}, 'write a span like "24h"'),
        ({"sources": [{"id": "a", "kind": "feed", "url": "ftp://x"}]}, "“sources.a.url” is wrong: write an address"),
        ({"newsletters": [{**NEWSLETTER, "sections": [{"id": "a", "name": "A", "parent": "b"}]}]}, "is no section"),
        (
            {"newsletters": [{**NEWSLETTER, "sections": [{"id": "a", "name": "A", "sources": ["x"]}]}]},
            "which is no source",
        ),
    ],
)
def test_a_fault_names_its_key_and_what_would_be_right(values: dict[str, Any], words: str) -> None:
    assert words in sentence(values)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_DATABASE__URL", "postgresql://elsewhere/digest")
    settings = config.parse({"database": {"url": "sqlite:///here.db"}}, Path("config.toml"))
    assert settings.database_url == "postgresql://elsewhere/digest"


def test_relative_paths_count_from_the_files_own_folder(tmp_path: Path) -> None:
    settings = config.parse({}, tmp_path / "config.toml")
    assert settings.database_url == f"sqlite:///{tmp_path}/var/digest.db"


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Run `digest init`"):
        config.load(tmp_path / "config.toml")


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[site\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1"):
        config.load(file)


def test_secrets_come_from_files_that_only_the_owner_reads(tmp_path: Path) -> None:
    settings = config.parse({}, tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="digest db upgrade"):
        _ = settings.pepper
    config.make_secret(tmp_path / "var/secrets/pepper")
    assert len(settings.pepper) >= 32
    assert (tmp_path / "var/secrets/pepper").stat().st_mode & 0o777 == 0o600
