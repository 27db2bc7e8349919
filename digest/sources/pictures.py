"""Pictures: what sources name goes in, the one that a mail can show comes out, with a text in its place only where somebody wrote one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from digest.sources.markup import line
from digest.sources.phrases import phrases
from digest.sources.plain import number
from digest.sources.urls import canonical
from digest.values import Image

# A mail is 600 pixels wide, shown on screens of two device pixels each.
BEST_WIDTH = (600, 1200)
_SMALL = 288  # the smallest picture of a mail, 144 pixels, at twice its size
_TINY = 100  # icons, buttons, avatars and counters are smaller
_WIDEST = 4  # times its height: banners, rules and logos are wider
# What a width that nobody says is worth: better than a small one, worse than one that is known to be right.
_UNKNOWN_WIDTH = 400
_ALT_MAX = 300
_SPACE = re.compile(r"[\x00-\x20\x7f]+")

_UNSHOWN = re.compile(
    r"\.(?:svgz?|ico|cur|bmp|tiff?|psd|eps|pdf|heic|heif|jxl|mp[34]|m4[av]|webm|mov|ogg|html?)$", re.IGNORECASE
)
_UNSHOWN_KIND = re.compile(r"svg|icon|bmp|tiff|pdf|heic|^(?:video|audio|text)/")
_MODERN = re.compile(r"\.(?:webp|avif)$|(?:format|fm|fmt|type)=(?:webp|avif)", re.IGNORECASE)
_COUNTING_HOST = re.compile(
    r"(?:^|\.)(?:(?:doubleclick|feedburner|feedsportal|google-analytics|googletagmanager|googlesyndication|googleadservices|2mdn|statcounter"
    r"|scorecardresearch|quantserve|amazon-adsystem|assoc-amazon|imrworldwide|chartbeat|adnxs|criteo|taboola|outbrain|xiti|ivwbox|vgwort|hotlog"
    r"|addtoany|sharethis|gravatar)\.\w{2,3}|(?:pixel|stats)\.wp\.com|stats\.wordpress\.com|mc\.yandex\.ru)$"
)
_NO_STORY = re.compile(
    r"/core/emoji/|/emojis?/|/smil(?:ey|ie)s?/|/avatars?/|/gravatar|/(?:share|social|sharing)(?:[-_](?:icons?|buttons?))?/|/icons?/|/favicons?/"
    r"|/ads?/|/adserver/|/advert\w*/|/banners?/|/feedads?/|/~(?:r|ff|a|at)/|/pixels?(?:/|$|\.\w+$)|/beacons?(?:/|$|\.\w+$)"
    r"|/count(?:er)?(?:\.\w+|/|$)|/tr$|/(?:matomo|piwik)\.php$|republication-tracker"
    r"|/(?:[a-z]|tr|0)\.gif$|/(?:open|clear|blank|spacer|transparent|trans|pixel|track(?:er|ing)?|dot|gr[ea]y|loading|(?:lazy[-_])?placeholder"
    r"|lazy|empty|1x1|1px)\.(?:gif|png|jpe?g)$"
    r"|/(?:icon[-_])?(?:facebook|twitter|x|whatsapp|linkedin|pinterest|telegram|instagram|youtube|rss|feed|e?mail|print|share|reddit|tumblr"
    r"|google[-_]?play|app[-_]?store)(?:[-_](?:icon|logo|button|share|badge))?(?:[-_]?\d{1,3})?\.(?:gif|png)$",
    re.IGNORECASE,
)
_SIZE_IN_NAME = re.compile(r"[-_](\d{2,4})x(\d{2,4})(?=\.\w{3,4}$)")
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|heic|svg|tiff?)$", re.IGNORECASE)
_STEM_END = re.compile(r"(?:-\d{2,4}x\d{2,4}|-scaled|-e\d{10,13})$")
_APART = re.compile(r"[\W_]+")
_CODE = re.compile(r"(?:img|image|dsc[nf]?|p|pxl|photo|pic|scan)?\d+|(?=[a-f]*\d)[0-9a-f]{6,}|\d+x\d+")
# What cameras, screens and agencies call their files, with numbers beside it.
_CALLED = phrases(
    "img dsc dscn dscf pxl mvi image photo picture pic foto bild scan screenshot screen shot whatsapp untitled unnamed shutterstock istock"
    " istockphoto getty images gettyimages adobestock depositphotos unsplash pexels captura pantalla bildschirmfoto capture at am pm",
    None,
)
_GENERIC = phrases(
    """
    image | images | photo | photos | picture | pictures | img | pic | thumbnail | thumb | logo | icon | banner | alt | untitled | null
    | none | undefined | featured | featured image | image alt text | alt text | no alt | no description | post image | article image
    | cover image | image for post | foto | fotos | bild | imagen | imagem | immagine | obrázek | zdjęcie | resim | fotoğraf | görsel
    | şəkil | фото | изображение | картинка | зображення | صورة | تصویر | תמונה | 画像 | 写真 | 图片 | 圖片 | 이미지 | 사진
    """
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture as a source names it, nothing checked: address, the text in its place, size in pixels, media type where known."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None
    kind: str = ""

    @classmethod
    def of(cls, image: Image) -> Self:
        """Return a picture that was found good, to be compared with others."""
        return cls(image.url, image.alt, image.width, image.height)


def best(candidates: Iterable[Candidate], base: str = "") -> Image | None:
    """Return the first candidate that a mail can show, None if there is none; known small ones only where there is no other.

    Candidates come in the order of preference: the API's own picture, the feed's media and enclosures, og:image, those of the text.
    """
    small: Image | None = None
    for found in filter(None, (_sized(one, base) for one in candidates)):
        if not (address := canonical(found.url)):
            continue
        image = Image(address, alt_of(found.alt, address), found.width, found.height)
        if not rank(found)[0]:
            return image
        small = small or image
    return small


def fittest(sizes: Iterable[Candidate], base: str = "") -> Candidate | None:
    """Return that of one picture's sizes which suits a mail best, its address absolute, None if it can show none."""
    return min(filter(None, (_sized(one, base) for one in sizes)), key=rank, default=None)


def rank(candidate: Candidate) -> tuple[bool, bool, int, int]:
    """Rank a picture that can be shown, the least is best: not small, a format that every mail program knows, the width near 600–1,200.

    Within that the wider one. A width that is too small weighs twice, a width that is not known as much as one of 400.
    """
    least, most = BEST_WIDTH
    width = candidate.width or _UNKNOWN_WIDTH
    small = candidate.width is not None and candidate.width < _SMALL
    modern = bool(re.search("webp|avif", candidate.kind) or _MODERN.search(candidate.url))
    return small, modern, max(2 * (least - width), width - most, 0), -min(width, most)


def picture(url: str, base: str = "", alt: str = "", width: object = None, height: object = None) -> Image | None:
    """Return a picture that a mail can show, or None."""
    return best([Candidate(url, alt, number(width), number(height))], base)


def alt_of(alt: str, url: str) -> str:
    """Return what somebody wrote to stand in a picture's place; empty for a file's name and for words that say nothing of it."""
    clean = line(alt, _ALT_MAX)
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    stem = _FILE.sub("", name)
    said = clean.casefold()
    if _FILE.search(clean) or said in {stem.casefold(), _STEM_END.sub("", stem).casefold()}:
        return ""
    words = [word for word in _APART.split(said) if word]
    if " ".join(words) in _GENERIC or all(word in _CALLED or _CODE.fullmatch(word) for word in words):
        return ""
    return clean


def _sized(candidate: Candidate, base: str) -> Candidate | None:
    """Return a candidate with its absolute address and all that its name says of its size; None if a mail cannot show it."""
    named = _SPACE.sub("", candidate.url)
    try:
        address = urljoin(base or "https://", named)
        parts = urlsplit(address)
    except ValueError:
        return None
    if not named:
        return None
    kind = candidate.kind.lower()
    if parts.scheme not in {"http", "https"} or not parts.netloc or _UNSHOWN_KIND.search(kind):
        return None
    if _UNSHOWN.search(parts.path) or _COUNTING_HOST.search(parts.netloc.lower()) or _NO_STORY.search(parts.path):
        return None
    width, height = _size_of(candidate, parts.path, parts.query)
    if _is_odd(width, height):
        return None
    return Candidate(address, candidate.alt, width, height, kind)


def _size_of(candidate: Candidate, path: str, query: str) -> tuple[int | None, int | None]:
    """Return a picture's size: as its file's name or its query says, which is of the file itself, else as the source does."""
    named = _SIZE_IN_NAME.search(path)
    if named:
        return int(named[1]), int(named[2])
    asked = {name: number(value) for name, value in parse_qsl(query)} if query else {}
    width = asked.get("w") or asked.get("width")
    height = asked.get("h") or asked.get("height")
    if width or height:
        return width, height
    return candidate.width, candidate.height


def _is_odd(width: int | None, height: int | None) -> bool:
    """Say whether a picture surely is none of a story: tiny, or as long as a banner."""
    if (width is not None and width < _TINY) or (height is not None and height < _TINY):
        return True
    return width is not None and height is not None and max(width, height) > _WIDEST * min(width, height)
