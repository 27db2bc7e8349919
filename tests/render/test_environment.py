import re
import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.render import Renderer, views
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
        ("parts/foot.html", "{{ edition.about }}", "{{ edition.abuot }}", "abuot"),
        ("parts/foot.html", "{{ edition.year }}", "{{ edition_year }}", "edition_year"),
        ("parts/open.html", '{{ say("unsubscribe") }}', '{{ say("unsubscribed") }}', "unsubscribed"),
        ("parts/open.html", '{{ say("unsubscribe") }}', '{{ say("articles") }}', "needs a number"),
        ("parts/open.html", '{{ say("unsubscribe") }}', '{{ count("unsubscribe", 1) }}', "takes no number"),
        ("parts/foot.html", "{{ edition.year }}", "{{ edition.year + 'x' }}", "unsupported operand"),
        ("parts/foot.html", "{{ edition.year }}", "{{ edition.year", "expected token"),
        ("parts/foot.html", "{{ edition.year }}", "{{ edition.year.__class__.__mro__ }}", "unsafe"),
        ("parts/body.txt", "{{ edition.date }}", "{{ edition.day }}", "day"),
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
        ("parts/body.txt", '"-correction"', "a7-correction"),
        ("parts/body.txt", '"more-" ~', "more-interview"),
    ],
)
def test_a_piece_that_is_not_drawn_is_named(templates: Path, name: str, old: str, piece: str) -> None:
    edit(templates, name, old, old.replace('"', '"x-', 1))
    template = name.replace("parts", "daily")

    with pytest.raises(TemplateError, match=rf"{template} does not draw the piece “{piece}”"):
        draw(templates)


def test_a_template_that_is_not_there_is_named(templates: Path) -> None:
    with pytest.raises(TemplateError, match=r"There is no templates/email/weekly/body.html"):
        Renderer(templates).blocks(samples.CONTENT, Look(template="weekly"))


def test_a_template_cannot_read_files_outside_its_folder(templates: Path) -> None:
    (templates / "secret.txt").write_text("secret")
    edit(templates, "daily/subject.txt", "{{ edition.subject or headline }}", '{% include "../../secret.txt" %}')

    with pytest.raises(TemplateError):
        draw(templates)


def test_a_file_of_the_sites_own_comes_before_ours_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "email" / "daily").mkdir(parents=True)
    (tmp_path / "email" / "daily" / "subject.txt").write_text("Today: {{ headline }}", encoding="utf-8")

    renderer = Renderer(tmp_path)
    recipe = renderer.recipe(samples.CONTENT, samples.choice(), samples.ALL, Look())

    assert recipe.subject.startswith("Today: ")
    assert renderer.blocks(samples.CONTENT, Look()) == Renderer().blocks(samples.CONTENT, Look())


@pytest.mark.parametrize(
    ("endless", "what"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% set c = 1 %}{% endfor %}{% endfor %}", "no end"),
        ("{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}", "recursion"),
        ("{{ ('x' * 999999) * 999999 }}", "too long"),
        ("{{ 9 ** 999999999 }}", "powers"),
        ("{% for a in range(9999999) %}{% endfor %}", "MAX_RANGE"),
        ("{{ cycler.__init__.__globals__ }}", "unsafe"),
    ],
)
def test_a_template_that_would_never_end_or_breaks_out_is_refused(templates: Path, endless: str, what: str) -> None:
    edit(templates, "daily/subject.txt", "{{ edition.subject or headline }}", "x\n" + endless)

    with pytest.raises(TemplateError, match=rf"daily/subject.txt, line 2: .*{what}"):
        draw(templates)


def test_loops_are_counted_for_each_rendering_alone(templates: Path) -> None:
    loop = "{% for a in range(9999) %}{% for b in range(60) %}{% endfor %}{% endfor %}"
    edit(templates, "daily/subject.txt", "{{ edition.subject or headline }}", loop)

    draw(templates)
    draw(templates)


def test_whatever_a_template_may_name_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "own-templates.md").read_text(encoding="utf-8")
    context = views.context(samples.CONTENT, Look())
    wanted = {
        *context,
        *context["edition"],
        *(field.name for field in fields(views.ArticleView)),
        *(field.name for field in fields(views.SectionView)),
    }

    assert [name for name in sorted(wanted) if not re.search(rf"`{name}[`(]|`{name}\(|%%{name}%%", page)] == []


@pytest.mark.parametrize("template", ["daily", "briefing", "headlines"])
def test_the_tokens_of_a_template_are_documented(template: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "own-templates.md").read_text(encoding="utf-8")
    drawn = Renderer().blocks(samples.CONTENT, Look(template))
    tokens = {name for block in drawn for name in re.findall(r"%%([\w-]+)%%", block.html + block.text)}
    named = {re.sub(r"^(more|number)-.*", r"\1-", token) for token in tokens}

    assert [name for name in sorted(named) if f"%%{name}" not in page] == []
