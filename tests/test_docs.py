"""What users can set, call or open is documented, and what is documented exists."""

import re
import tomllib
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from digest import config
from digest.cli import app

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")


def keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def commands(group: Any) -> dict[str, Any]:
    context = typer.Context(group)
    return {name: group.get_command(context, name) for name in getattr(group, "list_commands", lambda _: [])(context)}


def test_the_example_configuration_is_valid_and_names_every_key() -> None:
    settings = config.parse(tomllib.loads(EXAMPLE), Path("config.toml"))
    assert settings.newsletters
    written = set(re.findall(r"^[\s#]*([a-z0-9_]+) =", EXAMPLE, re.MULTILINE))
    models = (
        config.Site,
        config.Database,
        config.EngineTable,
        config.ProviderTable,
        config.Dkim,
        config.Feedback,
        config.Collect,
        config.SourceTable,
        config.Views,
        config.Newsletter,
        config.Section,
    )
    expected = {key for model in models for key in keys(model)} - {"sections", "views"}
    assert expected <= written
    assert {"root_file", "pepper_file", "previous"} <= written


def test_every_key_of_our_providers_is_in_the_example() -> None:
    from digest.providers import maildir, postmark, smtp

    for model in (maildir._Keys, postmark._Keys, smtp._Keys):
        for key in keys(model) - {"url"}:
            assert re.search(rf"\b{key}\b", EXAMPLE), key


def test_every_command_has_a_help_text_with_an_example() -> None:
    command = typer.main.get_command(app)
    todo = [("digest", command)]
    seen = 0
    while todo:
        name, one = todo.pop()
        children = commands(one)
        todo += [(f"{name} {child}", found) for child, found in children.items()]
        if not children:
            seen += 1
            assert "Example: digest " in (one.help or ""), name
    assert seen >= 20


def test_links_between_the_documents_lead_somewhere() -> None:
    for file in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_the_readme_names_only_commands_that_exist() -> None:
    command = typer.main.get_command(app)
    names = set(commands(command))
    for word in re.findall(
        r"digest ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8").replace("-digest", "")
    ):
        assert word in names | {"dispatcher", "on"}, word
