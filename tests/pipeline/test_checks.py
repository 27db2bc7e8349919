"""Checks before the freeze: a mail that a template made wrong is held and told, and an editor's word lets it go."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from digest import pipeline
from digest.render.environment import packaged_templates
from digest.store import alarms
from digest.values import EditionState
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import DAY, Office, newsroom, office  # noqa: F401 -- fixtures


@pytest.fixture
def faulty(office: Office) -> Office:  # noqa: F811
    """Give the site a template of its own whose small print nobody can read."""
    own = Path(office.settings.folder) / "templates" / "email" / "daily"
    shutil.copytree(packaged_templates() / "email" / "daily", own)
    style = own / "style.css"
    style.write_text(style.read_text(encoding="utf-8") + "\n.about { font-size: 9px }\n", encoding="utf-8")
    return office


def told(office: Office) -> list[str]:  # noqa: F811
    with office.runtime.store.reading() as session:
        return [one.text for one in alarms.standing(session) if one.kind == "checks_failed"]


def test_a_mail_that_a_template_made_wrong_is_held_and_the_editors_are_told_once(
    faulty: Office,
    newsroom: Newsroom,  # noqa: F811
) -> None:
    newsroom.publish(3, morning(24, 5))
    faulty.join({"a@example.org": ""})

    assert faulty.run() == []
    assert faulty.run(morning(24) + timedelta(minutes=5)) == []

    assert faulty.report().state == EditionState.HELD
    [text] = told(faulty)
    assert "E22" in text
    assert "digest release daily" in text


def test_an_editor_lets_a_held_mail_go_all_the_same(faulty: Office, newsroom: Newsroom) -> None:  # noqa: F811
    newsroom.publish(3, morning(24, 5))
    faulty.join({"a@example.org": ""})
    faulty.run()

    pipeline.release(faulty.runtime, faulty.settings.newsletters[0], DAY)

    assert len(faulty.run(morning(24) + timedelta(minutes=5))) == 1
    assert faulty.report().state == EditionState.DONE


def test_what_articles_bring_holds_nobodys_morning(office: Office, newsroom: Newsroom) -> None:  # noqa: F811
    newsroom.publish(3, morning(24, 5))
    office.join({"a@example.org": ""})

    assert len(office.run()) == 1
    assert told(office) == []
