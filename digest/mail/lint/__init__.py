"""The email lint: a mail's HTML and text go in, what a client would draw wrongly comes out; each rule is one small function.

The rules and their numbers are those of docs/email-lint.md. Nothing here asks the network.
"""

from digest.mail.lint.document import Document
from digest.mail.lint.finding import Finding, Level
from digest.mail.lint.rules import RULES
from digest.mail.lint.whole import Facts, check_message

__all__ = ["RULES", "Facts", "Finding", "Level", "check", "check_message"]


def check(html: str, text: str | None = None) -> list[Finding]:
    """Return what is wrong with a mail's HTML (and its text part, where it is given), in the order of the rules.

    Raises LintError when `html` holds no element at all.
    """
    document = Document.read(html, text)
    return [finding for rule in RULES for finding in rule(document)]
