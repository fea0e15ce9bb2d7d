"""Markdown that people write cannot do anything."""

import pytest

from curation.domain.markdown import headings, rendered, with_anchors


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# One", "<h2>One</h2>"),
        ("### Three", "<h3>Three</h3>"),
        ("###### Six", "<h4>Six</h4>"),
        ("a **b** *c* `d`", "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
    ],
)
def test_what_is_written_is_shown(text: str, html: str) -> None:
    assert rendered(text).strip() == html


def test_a_link_tells_its_target_nothing() -> None:
    assert 'rel="noopener noreferrer"' in rendered("[a](https://example.org)")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.org/x.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href='javascript:alert(1)'>x</a>",
        "<svg onload=alert(1)>",
        "[x](vbscript:x)\n\n<style>*{}</style>",
    ],
)
def test_nothing_that_acts_is_left(text: str) -> None:
    html = rendered(text)
    for acting in ("<script", "<img", "<svg", "<style", 'href="java', 'href="data', 'href="vb'):
        assert acting not in html


def test_the_parts_of_a_text_can_be_linked_to() -> None:
    text = "# One\n\nwords\n\n### Small\n\n## Two *more*"
    assert headings(text) == ["One", "Two more"]
    html = with_anchors(rendered(text))
    assert [f'<h2 id="part-{number}">' in html for number in (1, 2, 3)] == [True, True, False]
