"""English strings and catalogues → the same catalogues with every string in its place: new ones empty, those that are gone dropped.

Run as `make catalogues`; with a language tag (`make catalogues ARGS=pl`) it begins a new one. docs/translating.md says the rest.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import normalize, read_po

from digest.render.catalogues import ENGLISH_TAG, FOLDER
from digest.render.english import ENGLISH, Plural

_WIDTH = 140


def main(tags: list[str]) -> None:
    """Write the files anew and say what is still to be translated."""
    for tag in tags:
        file = FOLDER / f"{tag}.po"
        if not file.exists():
            _write(Catalog(locale=tag), file)
    for file in sorted(FOLDER.glob("*.po")):
        with file.open("rb") as opened:
            known = read_po(opened, locale=file.stem)
        print(f"{file.stem}: {_write(known, file)} of {len(ENGLISH)} strings to translate")


def _write(known: Catalog, file: Path) -> int:
    """Write a catalogue in the order of the English strings; return how many of them it lacks."""
    texts = {key: _known(known, key) for key in ENGLISH}
    lines = [_header(known, file.stem), *(_entry(key, texts[key]) for key in ENGLISH)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return sum(not all(text) for text in texts.values())


def _known(known: Catalog, key: str) -> tuple[str, ...]:
    english = ENGLISH[key]
    many = isinstance(english, Plural)
    found = known.get(tuple(english) if many else english, context=key)
    if found is None or not found.string:
        return ("",) * (known.num_plurals if many else 1)
    return (found.string,) if isinstance(found.string, str) else tuple(found.string)


def _header(known: Catalog, tag: str) -> str:
    fields = (
        f"Language: {tag}\n",
        "Content-Type: text/plain; charset=utf-8\n",
        f"Plural-Forms: nplurals={known.num_plurals}; plural={known.plural_expr};\n",
    )
    return 'msgid ""\nmsgstr ""\n' + "".join(f"{normalize(field, width=_WIDTH)}\n" for field in fields)


def _entry(key: str, texts: tuple[str, ...]) -> str:
    return "".join(f"{name} {normalize(text, width=_WIDTH)}\n" for name, text in _fields(key, texts))


def _fields(key: str, texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    english = ENGLISH[key]
    yield "msgctxt", key
    if isinstance(english, Plural):
        yield from (("msgid", english.one), ("msgid_plural", english.other))
        yield from ((f"msgstr[{number}]", text) for number, text in enumerate(texts))
    else:
        yield from (("msgid", english), ("msgstr", texts[0]))


if __name__ == "__main__":
    main([tag for tag in sys.argv[1:] if tag != ENGLISH_TAG])
