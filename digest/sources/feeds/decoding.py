"""A feed's bytes as text, whatever was declared: bytes and their content type go in, text that an XML parser can take comes out."""

import codecs
import html
import re
import sys
from collections.abc import Iterator
from email.message import Message
from html.entities import html5

_XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]+)")
_MARKS = (  # a byte order mark, or the first characters without one (XML 1.0, appendix F)
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
    (b"Lo\xa7\x94", "cp037"),
)
_WIDER = {  # what is meant by names of which publishers use a superset (WHATWG Encoding, section 4.2)
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf-7"}
_SEVEN_BIT = ("iso2022", "hz")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_XML_START = re.compile(
    r"(?:(?!<(?:\w+:)?(?:rss|feed|rdf|channel|entry)\b).)*?<\?xml\s[^>]*>", re.IGNORECASE | re.DOTALL
)
_BEFORE_DOCTYPE = re.compile(r"\s+|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^>\[]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:#(?P<decimal>\d{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>[a-zA-Z]\w{1,31}));|&",
    re.DOTALL,
)
_PROLOG = 8192
_XML_NAMES = {"amp", "lt", "gt", "quot", "apos"}


def text_of(body: bytes, content_type: str = "") -> str:
    """Decode a feed.

    Bytes that are UTF-8 throughout are UTF-8, whatever is declared: no other encoding looks like it by chance. Then the server's charset
    counts, then the document's own; where neither fits, it is UTF-8 with some Windows-1252 in it, as pasted texts leave it.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    declared = list(_declared(body, content_type))
    stateful = [name for name in declared if name.startswith(_SEVEN_BIT)]
    for name in (*stateful, "utf-8", *declared):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", _AS_WINDOWS)


def mended(text: str) -> str:
    """Return XML that says what was meant: no declaration, document type or forbidden characters, entities and bare `&` written out."""
    text = _NOT_XML.sub("", text)
    start = _XML_START.match(text, 0, _PROLOG)
    if start is not None:  # with what a server's own warnings wrote before it
        text = text[start.end() :]
    text = _TOKEN.sub(_plain, _without_doctype(text))
    try:
        text.encode()
    except UnicodeEncodeError:  # halves of characters beyond U+FFFF, which some publishers write one by one
        text = whole(text)
    return text.strip("\ufeff \t\r\n")


def whole(text: str) -> str:
    """Join surrogate pairs, and replace surrogates that stand alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _without_doctype(text: str) -> str:
    """Drop the document type where one may stand: after comments, instructions and white space (XML 1.0, section 2.8)."""
    position = 0
    while before := _BEFORE_DOCTYPE.match(text, position):
        position = before.end()
    found = _DOCTYPE.match(text, position)
    return text[:position] + text[found.end() :] if found else text


def _plain(match: re.Match[str]) -> str:
    found = match[0]
    if not found.startswith("&") or match["name"] in _XML_NAMES:
        return found
    if match["name"]:
        character = html5.get(f"{match['name']};", "")
        return html.escape(character) or f"&amp;{found[1:]}"
    if len(found) == 1:
        return "&amp;"
    number = int(match["hex"], 16) if match["hex"] else int(match["decimal"])
    if number > sys.maxunicode or _NOT_XML.match(chr(number)):
        return ""
    return chr(number) if _SURROGATE.match(chr(number)) else f"&#{number};"


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """Yield the encodings that the server and the document name (RFC 7303, section 3), as Python knows them."""
    header = Message()
    header["content-type"] = content_type
    in_document = _XML_DECLARATION.match(body)
    for name in (str(header.get_content_charset("")), in_document[1].decode() if in_document else ""):
        try:
            known = codecs.lookup(name).name
            b"".decode(known)  # raises LookupError for what decodes no text
        except (LookupError, ValueError):
            continue
        if known not in _NO_CHARSETS:
            yield _WIDER.get(known, known)


def _windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 -- it is registered for decoding only
    return error.object[error.start : error.start + 1].decode("cp1252", "ignore"), error.start + 1


_AS_WINDOWS = "digest-windows-1252"
codecs.register_error(_AS_WINDOWS, _windows)
