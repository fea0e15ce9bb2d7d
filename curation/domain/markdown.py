"""Markdown that people write, as HTML that cannot do anything.

CommonMark without raw HTML; what is left is cleaned again by a list of allowed elements, so that a
fault in one of the two libraries is not enough. Images are left out: a page loads nothing from
elsewhere. Headings start at the second level, for a page has one title of its own.
"""

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
