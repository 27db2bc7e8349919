import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources import urls

SITE = "https://news.example.org"
PIECES = (
    "http:", "HTTPS:", "//", "/", "\\", "www.", "example.org", "Örnek.Example", "a:b@", "[::1]", ":443", ":8080", "..", ".", "amp", "feed",
    "?", "&", "&amp;", "#", "=", "utm_source=x", "amp=1", "ref=example.org", "%7e", "%2", "%25", "%2e", "%C3%A9", "é", " ", "\n", "|", "+",
    "mailto:", ";", "\ud800", "'", '"', "<",
)  # fmt: skip
written = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
web = written.map(lambda rest: f"https://www.example.org/{rest}")


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("HTTPS://News.Example.ORG:443/a/../b/?utm_source=x&id=7#top", f"{SITE}/b/?id=7#top"),
        ("http://news.example.org:80", "http://news.example.org/"),
        ("http://news.example.org:0080/", "http://news.example.org/"),
        ("http://news.example.org:8080/", "http://news.example.org:8080/"),
        ("https://örnek.example.org/ş", "https://xn--rnek-4qa.example.org/%C5%9F"),
        ("https://❤.example.org/", "https://xn--qei.example.org/"),
        ("https://reader:secret@news.example.org/a", f"{SITE}/a"),
        ("https://news.example.org./a", f"{SITE}/a"),
        ("https://news%2Eexample.org/a", f"{SITE}/a"),
        ("https://[2001:DB8:0::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        (f"{SITE}/%7euser/%c3%a9/é", f"{SITE}/~user/%C3%A9/%C3%A9"),
        (f"{SITE}/a/./b/../../c/..", f"{SITE}/"),
        (f"{SITE}/a/%2e%2E/b", f"{SITE}/b"),
        (f"{SITE}/100%/50%zz", f"{SITE}/100%25/50%25zz"),
        (f"  {SITE}/a\n      b?q=c d\t", f"{SITE}/ab?q=c+d"),
        (f"{SITE}/a b", f"{SITE}/a%20b"),
        (f"{SITE}/?b=2&a=1&&c", f"{SITE}/?b=2&a=1&c"),
        (f"{SITE}/?a=1&amp;b=2&#038;c=3", f"{SITE}/?a=1&b=2&c=3"),
        (f"{SITE}/a?", f"{SITE}/a"),
    ],
)
def test_addresses_are_written_one_way(url: str, clean: str) -> None:
    assert urls.canonical(url) == clean
    assert urls.canonical(clean) == clean


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("b", f"{SITE}/town/b"),
        ("/b", f"{SITE}/b"),
        ("?p=7", f"{SITE}/town/page?p=7"),
        ("#comments", f"{SITE}/town/page#comments"),
        ("//other.example.org/b", "https://other.example.org/b"),
        ("///other.example.org/b", "https://other.example.org/b"),
        ("http:other.example.org/b", "http://other.example.org/b"),
        ("http:/other.example.org/b", "http://other.example.org/b"),
        ("https:/b", f"{SITE}/b"),
        ("\\b\\c?d\\e", f"{SITE}/b/c?d%5Ce"),
        ("https:\\\\other.example.org\\b", "https://other.example.org/b"),
        ("www.example.org/b", "https://www.example.org/b"),
        ("", ""),
    ],
)
def test_addresses_are_made_absolute_as_browsers_do(url: str, absolute: str) -> None:
    assert urls.canonical(url, f"{SITE}/town/page") == absolute


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("//news.example.org/a", f"{SITE}/a"),
        ("https:/news.example.org/a", f"{SITE}/a"),
        ("www.example.org", "https://www.example.org/"),
        ("www.example.org:8080/a", "https://www.example.org:8080/a"),
        ("news.example.org/a", ""),
        ("/a", ""),
    ],
)
def test_without_a_page_to_stand_on_an_address_needs_a_host(url: str, absolute: str) -> None:
    assert urls.canonical(url) == absolute


@pytest.mark.parametrize(
    "url",
    [
        "https://example|org/",
        "https://a..example.org/",
        "https://news.example.org:65536/",
        f"https://news.example.org:{'9' * 5000}/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https:///",
        f"https://{'a' * 254}/",
        f"{SITE}/{'a' * 2048}",
        f"{SITE}/{'é' * 500}",
        " " * 20_000,
    ],
)
def test_what_cannot_be_an_address_is_none(url: str) -> None:
    assert urls.canonical(url) == ""
    assert urls.clean(url) == ""


@pytest.mark.parametrize("url", ["mailto:a@example.org?subject=a b", "tel:+341234567", "javascript:alert(1)"])
def test_other_schemes_are_left_alone_when_cleaning_and_no_address_to_show(url: str) -> None:
    assert urls.clean(url) == url
    assert urls.canonical(url) == ""


@pytest.mark.parametrize(
    "name",
    [
        "utm_source", "UTM_Campaign", "utm%5Fid", "mtm_kwd", "pk_campaign", "piwik_kwd", "matomo_source", "hsa_cam", "fbclid",
        "fb_action_ids", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid", "ttclid", "li_fat_id",
        "mc_cid", "mc_eid", "_hsenc", "_hsmi", "__hstc", "__hssc", "mkt_tok", "igshid", "igsh", "srsltid", "_bhlid", "at_medium", "vero_id",
        "oly_enc_id", "wickedid", "ml_subscriber_hash", "xtor", "ns_mchannel",
    ],
)  # fmt: skip
def test_parameters_that_only_follow_people_are_dropped(name: str) -> None:
    assert urls.canonical(f"{SITE}/a?id=7&{name}=x&page=2") == f"{SITE}/a?id=7&page=2"
    assert urls.canonical(f"{SITE}/a?{name}=x") == f"{SITE}/a"


@pytest.mark.parametrize(
    "query", ["id=7", "cid=7", "source=x", "campaign_id=7", "author=x", "crop/1420x708/format/webp", "a[]=1", "utm"]
)
def test_parameters_that_may_say_which_page_it_is_stay(query: str) -> None:
    assert urls.canonical(f"{SITE}/a?{query}") == f"{SITE}/a?{query}"


def test_a_space_in_a_query_is_written_one_way() -> None:
    assert urls.canonical(f"{SITE}/?name=Ana%20Bell&utm_source=x") == f"{SITE}/?name=Ana+Bell"


@pytest.mark.parametrize(
    ("ref", "dropped"),
    [
        ("news.example.org", True),
        ("www.NEWS.example.org", True),
        ("https%3A%2F%2Fnews.example.org%2Fhome", True),
        ("site.example.net", True),
        ("feed.example.com", True),
        ("other.example.org", False),
        ("news", False),
        ("", False),
    ],
)
def test_a_ref_is_dropped_only_if_it_names_a_host_of_our_own(ref: str, dropped: bool) -> None:
    found = urls.canonical(f"{SITE}/a?ref={ref}", "https://site.example.net/", own_hosts=("www.Feed.example.com",))
    assert ("ref" not in found) is dropped


@pytest.mark.parametrize(
    ("fragment", "kept"),
    [
        ("item572", "#item572"),
        ("!page=2", "#!page=2"),
        (":~:text=the%20tram", "#:~:text=the%20tram"),
        ("at_home", "#at_home"),
        ("é", "#%C3%A9"),
        ("utm_source=x&utm_medium=y", ""),
        ("xtor=RSS-1", ""),
        ("Echobox=1795509000", ""),
        ("at_medium=feed", ""),
        ("photos&utm_source=x", "#photos"),
        ("", ""),
    ],
)
def test_a_fragment_stays_unless_it_only_follows_people(fragment: str, kept: str) -> None:
    assert urls.canonical(f"{SITE}/30.html#{fragment}") == f"{SITE}/30.html{kept}"


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example.org/a/b",
        "https://www.news.example.org/a/b",
        "https://NEWS.example.org/a/b/",
        "https://news.example.org/a/b/amp",
        "https://news.example.org/a/b/amp/",
        "https://news.example.org/a/b?amp",
        "https://news.example.org/a/b?amp=1",
        "https://news.example.org/a/b/feed/",
        "https://news.example.org/a/b#comments",
        "https://news.example.org/a/b?utm_source=x#xtor=y",
    ],
)
def test_the_forms_of_one_address_have_one_key(url: str) -> None:
    assert urls.key(url) == "news.example.org/a/b"


def test_keys_of_different_pages_differ() -> None:
    pages = ("/", "/a", "/a/b", "/a?id=1", "/a?id=2", "/amp/a", "/a.html")
    assert len({urls.key(SITE + page) for page in pages}) == len(pages)


@given(written | web)
def test_an_address_written_one_way_stays_as_it_is(url: str) -> None:
    found = urls.canonical(url, f"{SITE}/town/page")
    assert urls.canonical(found) == found
    assert urls.canonical(found, f"{SITE}/town/page") == found
    assert not found or (found.isascii() and " " not in found)


@given(written | web)
def test_cleaning_twice_changes_nothing(url: str) -> None:
    assert urls.clean(urls.clean(url)) == urls.clean(url)


@given(web)
def test_an_address_has_the_key_of_its_canonical_form(url: str) -> None:
    if found := urls.canonical(url):
        assert urls.key(found) == urls.key(url)


@given(st.text(), st.text())
def test_no_text_raises(url: str, base: str) -> None:
    urls.canonical(url, base)
    urls.key(url)
    urls.registrable(url)
    urls.accepted_canonical(url, base)


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("www.news.example.org", "example.org"),
        ("News.Example.co.uk", "example.co.uk"),
        ("a.b.github.io", "b.github.io"),
        ("www.örnek.example", "xn--rnek-4qa.example"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_the_registrable_part_of_a_host_is_known_from_the_public_suffix_list(host: str, registered: str) -> None:
    assert urls.registrable(host) == registered


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.example.org/a", "http://news.example.org:8080/b", True),
        ("https://example.co.uk/", "https://other.co.uk/", False),
        ("https://a.github.io/", "https://b.github.io/", False),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:9000/b", True),
        ("http://127.0.0.1/", "http://192.0.0.1/", False),
        ("mailto:a@example.org", "mailto:a@example.org", False),
    ],
)
def test_addresses_of_one_registered_domain_are_of_one_site(one: str, other: str, same: bool) -> None:
    assert urls.same_site(one, other) is same


@pytest.mark.parametrize(
    ("candidate", "page", "accepted"),
    [
        ("https://www.example.org/story?utm_source=x", f"{SITE}/story/amp", "https://www.example.org/story"),
        ("/story", f"{SITE}/story/amp", f"{SITE}/story"),
        ("https://news.example.net/story", f"{SITE}/story", ""),
        (f"{SITE}/", f"{SITE}/story", ""),
        ("/", f"{SITE}/?utm_source=x", f"{SITE}/"),
        (f"{SITE}/?p=7", f"{SITE}/story", f"{SITE}/?p=7"),
        ("javascript:alert(1)", f"{SITE}/story", ""),
        ("", f"{SITE}/story", ""),
    ],
)
def test_a_pages_own_claim_of_its_address_is_taken_if_it_can_be_true(candidate: str, page: str, accepted: str) -> None:
    assert urls.accepted_canonical(candidate, page) == accepted


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("https://u:p@news.example.org/feed?key=k#x", "https://news.example.org/feed"),
        ("https://news.example.org/?key=k: no answer in time.", "https://news.example.org/: no answer in time."),
        (
            "Is HTTP://u@example.org/a?k=1, or ftp://u:p@example.org?k.",
            "Is HTTP://example.org/a, or ftp://example.org.",
        ),
        ("What? No address at all: a@example.org", "What? No address at all: a@example.org"),
        ("https://news.example.org/@desk/1", "https://news.example.org/@desk/1"),
    ],
)
def test_an_address_is_shown_without_its_secrets(words: str, told: str) -> None:
    assert urls.shown(words) == told


@pytest.mark.parametrize(
    ("url", "host"), [("https://u:p@WWW.Example.org:8443/a", "example.org"), ("news", ""), ("", "")]
)
def test_hosts_are_compared_in_one_form(url: str, host: str) -> None:
    assert urls.host(url) == host
