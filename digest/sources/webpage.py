"""A web page's bytes go in, its tree comes out: decoded as the page says, with the address that its relative links start from."""

import codecs
import re
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.sources.nesting import bounded

_LOOK_FOR_CHARSET = 4096
_MOST_BROKEN = 200  # one broken letter in so many is a slip, more are another encoding
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w:.-]{2,40})["']""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE)
_SPACE = re.compile(r"[\x00-\x20\x7f]+")
# What browsers read these names as (WHATWG Encoding, section 4.2): the label is often one size too small.
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
_WIDER |= {"shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874", "iso8859-11": "cp874"}


def decode(body: bytes, content_type: str = "") -> str:
    """Return a page's text: by its byte order mark, as UTF-8 where it can be that, as its header or meta say, else as browsers guess."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    claims = _claims(body, content_type)
    for encoding in claims:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    for encoding in claims:
        found = body.decode(encoding, "replace")
        if found.count("\ufffd") * _MOST_BROKEN <= len(found):
            return found
    return body.decode("cp1252", "replace")


def document(body: bytes, content_type: str = "") -> LexborHTMLParser:
    """Parse a page; any bytes at all give a tree, in a time that grows with their number."""
    return LexborHTMLParser(bounded(decode(body, content_type).replace("\x00", "")))


def base_of(tree: LexborHTMLParser, url: str) -> str:
    """Return the address that the page's relative ones start from (HTML, section 4.2.3)."""
    node = tree.css_first("base[href]")
    return joined(url, attribute(node, "href")) or url if node else url


def joined(base: str, address: str) -> str:
    """Make an address absolute, as it is written otherwise; empty where it is no http address."""
    try:
        found = urljoin(base, _SPACE.sub("", address))
        parts = urlsplit(found)
    except ValueError:
        return ""
    return found if parts.scheme in {"http", "https"} and parts.netloc else ""


def attribute(node: LexborNode | None, name: str) -> str:
    """Return an attribute's value without white space around it, empty where there is none."""
    return (node.attributes.get(name) or "").strip() if node is not None else ""


def _claims(body: bytes, content_type: str) -> list[str]:
    """Return the encodings to try, best first: text is UTF-8 by chance less often than labels are wrong; only ISO-2022 hides in ASCII."""
    head = body[:_LOOK_FOR_CHARSET]
    found = [match[1] for match in (_HEADER_CHARSET.search(content_type),) if match]
    found += [match[1].decode() for match in (_CHARSET.search(head), _XML_ENCODING.search(head)) if match]
    names = [name for name in (_known(one) for one in found) if name]
    hidden = [name for name in names if name.startswith("iso2022")]
    return list(dict.fromkeys([*hidden, "utf-8", *names]))


def _known(name: str) -> str:
    """Return the codec of a name, the wider one that browsers take; empty for what is no encoding of a text that began in ASCII."""
    try:
        codec = codecs.lookup(name).name
        readable = b"<meta>".decode(codec) == "<meta>"
    except (LookupError, ValueError, TypeError):
        return ""
    return _WIDER.get(codec, codec) if readable else ""
