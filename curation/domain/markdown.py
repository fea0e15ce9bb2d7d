"""Markdown that people write, as HTML that cannot do anything.

CommonMark without raw HTML; what is left is cleaned again by a list of allowed elements, so that a
fault in one of the two libraries is not enough. Images are left out: a page loads nothing from
elsewhere. Headings start at the second level, for a page has one title of its own.
"""

import re
from itertools import count, pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_ELEMENTS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "a"),
    *("h2", "h3", "h4", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3"}
_DEEPEST_HEADING = "h4"
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def headings(text: str) -> list[str]:
    """The words of the headings of the first two levels, in order; `with_anchors` numbers them."""
    tokens = _MARKDOWN.parse(text)
    opened = pairwise(tokens)
    return [_plain(inside) for token, inside in opened if _is_main(token)]


def with_anchors(html: str) -> str:
    """What `rendered` gave, with ids part-1, part-2, ... on its headings of the second level."""
    numbers = count(1)
    return re.sub("<h2>", lambda _: f'<h2 id="part-{next(numbers)}">', html)


def _plain(inside: Token) -> str:
    return "".join(child.content for child in inside.children or ())


def _is_main(token: Token) -> bool:
    return token.type == "heading_open" and token.tag in {"h1", "h2"}


def rendered(text: str) -> str:
    """The HTML of this Markdown, safe to put into a page as it is."""
    tokens = [_shown(token) for token in _MARKDOWN.parse(text)]
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(
        html,
        tags=_ELEMENTS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _shown(token: Token) -> Token:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = _HEADINGS.get(token.tag, _DEEPEST_HEADING)
    return token
