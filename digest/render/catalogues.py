"""The languages of the mails: a tag goes in, its catalogue (gettext, with its own plural rule) comes out."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ENGLISH_TAG = "en"
FOLDER = Path(__file__).resolve().parent / "languages"
LANGUAGES: tuple[str, ...] = (ENGLISH_TAG, *sorted(file.stem for file in FOLDER.glob("*.po")))
"""The tags of the languages there are: English, and one for each file of the folder `languages`."""


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return a language's catalogue; English needs none, its strings are the keys of all others. Raises FileNotFoundError."""
    if language == ENGLISH_TAG:
        return gettext.NullTranslations()
    with (FOLDER / f"{language}.po").open("rb") as file:
        found = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
