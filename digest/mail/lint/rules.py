"""The rules of the HTML lint, in the order of their numbers."""

from collections.abc import Callable, Iterator

from digest.mail.lint import content, structure, styling
from digest.mail.lint.document import Document
from digest.mail.lint.finding import Finding

RULES: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    structure.clip,
    structure.style_blocks,
    structure.head,
    structure.metas,
    structure.elements,
    styling.imports,
    structure.tables,
    structure.outlook,
    styling.properties,
    styling.values,
    styling.colors,
    styling.importance,
    styling.margins,
    styling.sizes,
    content.templates,
    content.pictures,
    content.links,
    content.leaving,
    structure.headings,
    structure.preheader,
    styling.dark_palette,
    styling.contrasts,
    styling.dark_twins,
    content.text_part,
    content.same_articles,
    styling.spacing,
)
