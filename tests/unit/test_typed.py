import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import AddressError
from digest.mail import mime
from digest.subscribe.typed import clean_name, read_address
from digest.values import Mailbox


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ana   Lima ", "Ana Lima"),
        ("Ana\r\nBcc: everyone@example.org", "Ana Bcc: everyone@example.org"),
        ("Ana\0Lima", "Ana Lima"),
        ("Ana\u2028Lima", "Ana Lima"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ('=HYPERLINK("https://example.net")', 'HYPERLINK("https://example.net")'),
        ("@+-=", ""),
        ("O'Brien-Smith", "O'Brien-Smith"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
)
def test_a_name_is_kept_as_one_plain_line(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@given(st.text(st.characters()))
def test_any_name_can_stand_in_a_header_and_in_a_spreadsheet(typed: str) -> None:
    name = clean_name(typed)
    assert "\n" not in mime.mailbox(Mailbox("ana@example.org", name))
    assert not name.startswith(("=", "+", "-", "@", " "))
    assert not any(unicodedata.category(one) == "Cc" for one in name)
    assert len(name) <= 200
    assert clean_name(name) == name


@pytest.mark.parametrize("typed", ["a{b}@example.org", "a$b@example.org", "50%off@example.org", "a?b@example.org"])
def test_an_address_that_large_receivers_refuse_is_refused_at_the_door(typed: str) -> None:
    with pytest.raises(AddressError, match="large receivers refuse"):
        read_address(typed)


def test_an_address_is_read_with_its_form_for_comparing() -> None:
    known = read_address(" Ana.Lima@Example.ORG ")
    assert known.address.lower() == known.key == "ana.lima@example.org"
