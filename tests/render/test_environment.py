import shutil
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.render import Renderer
from digest.render.environment import packaged_templates
from digest.values import Look
from tests.render import samples


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    shutil.copytree(packaged_templates() / "email", tmp_path / "email")
    return tmp_path


def draw(templates: Path) -> None:
    renderer = Renderer(templates)
    renderer.blocks(samples.CONTENT, Look())
    renderer.recipe(samples.CONTENT, samples.choice(), samples.ALL, Look())


def edit(templates: Path, name: str, old: str, new: str) -> int:
    """Put `new` for `old` and return the line on which it stands."""
    file = templates / "email" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text.partition(old)[0].count("\n") + 1


def test_a_copy_of_the_templates_draws(templates: Path) -> None:
    draw(templates)


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("daily/body.html", "{{ edition.about }}", "{{ edition.abuot }}", "abuot"),
        ("daily/body.html", "{{ edition.year }}", "{{ edition_year }}", "edition_year"),
        ("daily/body.html", '{{ say("unsubscribe") }}', '{{ say("unsubscribed") }}', "unsubscribed"),
        ("daily/body.html", '{{ say("unsubscribe") }}', '{{ say("articles") }}', "needs a number"),
        ("daily/body.html", '{{ say("unsubscribe") }}', '{{ count("unsubscribe", 1) }}', "takes no number"),
        ("daily/body.html", "{{ edition.year }}", "{{ edition.year + 'x' }}", "unsupported operand"),
        ("daily/body.html", "{{ edition.year }}", "{{ edition.year", "expected token"),
        ("daily/body.html", "{{ edition.year }}", "{{ edition.year.__class__.__mro__ }}", "unsafe"),
        ("daily/body.txt", "{{ edition.date }}", "{{ edition.day }}", "day"),
        ("daily/style.css", "{{ accent }}", "{{ acent }}", "acent"),
        ("daily/subject.txt", "headline", "headlines", "headlines"),
    ],
)
def test_a_fault_names_the_template_the_line_and_what_is_wrong(
    templates: Path, name: str, old: str, new: str, what: str
) -> None:
    line = edit(templates, name, old, new)

    with pytest.raises(TemplateError) as caught:
        draw(templates)

    sentence = str(caught.value)
    assert sentence.startswith(f"The template has a fault. {name}, line {line}: ")
    assert what in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "old", "piece"),
    [
        ("daily/body.html", '"row-end"', "row-end"),
        ("daily/body.html", '"-correction"', "a7-correction"),
        ("daily/body.txt", '"-correction"', "a7-correction"),
        ("daily/body.txt", '"more-" ~', "more-interview"),
    ],
)
def test_a_piece_that_is_not_drawn_is_named(templates: Path, name: str, old: str, piece: str) -> None:
    edit(templates, name, old, old.replace('"', '"x-', 1))

    with pytest.raises(TemplateError, match=rf"{name} does not draw the piece “{piece}”"):
        draw(templates)


def test_a_template_that_is_not_there_is_named(templates: Path) -> None:
    with pytest.raises(TemplateError, match=r"There is no templates/email/weekly/body.html"):
        Renderer(templates).blocks(samples.CONTENT, Look(template="weekly"))


def test_a_template_cannot_read_files_outside_its_folder(templates: Path) -> None:
    (templates / "secret.txt").write_text("secret")
    edit(templates, "daily/subject.txt", "{{ edition.subject or headline }}", '{% include "../../secret.txt" %}')

    with pytest.raises(TemplateError):
        draw(templates)
