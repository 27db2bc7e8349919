from hypothesis import given
from hypothesis import strategies as st

from digest.sources.nesting import bounded
from digest.sources.webpage import document

CARD = "<div><a href='/a'><b>Headline</b> <i>and</i> more</a><p>Text</p></div>"


def test_an_ordinary_page_is_left_as_it_is() -> None:
    markup = "<main>" + CARD * 3_000 + "</main>"
    assert bounded(markup) == markup


def test_a_page_that_nests_without_end_is_read_to_where_it_gets_too_deep() -> None:
    tree = document(b"<title>Town</title><p>First</p>" + b"<div>" * 100_000 + b"<p>Last</p>")
    assert [node.text() for node in tree.css("p")] == ["First"]
    assert len(tree.css("div")) == 1_000


def test_formatting_that_stands_open_is_not_repeated_without_end() -> None:
    open_tags = "".join(f"<b id={number}>" for number in range(1_000))
    tree = document(f"<p>{open_tags}</p>{'<p>x</p>' * 10_000}".encode())
    assert len(tree.css("b")) < 250_000


def test_tags_that_are_closed_do_not_count_as_open() -> None:
    markup = "<p>" + "<b>x</b>" * 50_000 + "<a>y" * 50_000 + "</i>" * 50_000
    assert bounded(markup) == markup


@given(st.lists(st.sampled_from(("<div>", "</div>", "<b x>", "</b>", "<p>", "text", "<", "<a>", "</a>")), max_size=40))
def test_what_comes_out_is_the_beginning_of_what_went_in(parts: list[str]) -> None:
    markup = "".join(parts) * 200
    assert markup.startswith(bounded(markup))
