"""HTML that cannot do anything: an allow-list of tags and attributes, freshly written out; and its headings."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import mistune

VOID = frozenset({"br", "hr", "img", "col"})
PROSE = re.compile(
    "h[1-6]|a|abbr|b|blockquote|code|del|div|em|i|kbd|p|pre|s|section|small|span|strong|su[bp]|u|summary"
)
BLOCKS = re.compile("caption|colgroup|dd|dl|dt|figcaption|figure|li|ol|table|tbody|t[dhr]|tfoot|thead|ul|br|hr|img|col")
#: of these not even the text is kept; an aside is for those who read the notebook itself
SILENT = re.compile("aside|script|style|template|noscript|iframe|object|svg|math|title|textarea|select|head|xmp")
#: attribute -> what its whole value must look like
ATTRIBUTES = {
    "alt": r".*",
    "class": r"[\w\- ]*",
    "colspan": r"\d{1,3}",
    "href": r"#[\w\-.]*|(?!//|[./]*/)[\w\-./%]+",
    "id": r"[\w\-.]+",
    "lang": r"[\w\-]+",
    "rowspan": r"\d{1,4}",
    "scope": r"col|row|colgroup|rowgroup",
    "src": r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+",
    "style": r"text-align:\s*(left|right|center);?",
    "title": r".*",
}
_UNIT = re.compile("(?<=[0-9]) (?=%|万元|亿元)")
_HEADING = re.compile(r"<(h[123])(?: [^>]*)?>(.*?)</\1>", re.DOTALL)


class _Rewriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if SILENT.fullmatch(tag):
            self.silent.append(tag)
        if self.silent or not (PROSE.fullmatch(tag) or BLOCKS.fullmatch(tag)):
            return
        kept = _kept_attributes(dict(attrs))
        if tag == "img" and not kept.get("src"):
            self.parts.append(html.escape(kept.get("alt", "")))
            return
        written = "".join(f' {name}="{html.escape(value)}"' for name, value in kept.items())
        self.parts.append(f"<{tag}{written}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not SILENT.fullmatch(tag):
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag == self.silent[-1]:
                self.silent.pop()
            return
        if tag in self.open:
            while self.open:
                last = self.open.pop()
                self.parts.append(f"</{last}>")
                if last == tag:
                    return

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(html.escape(data, quote=False))

    def text(self) -> str:
        self.close()
        return "".join([*self.parts, *(f"</{tag}>" for tag in reversed(self.open))])


def safe_html(source: str) -> str:
    """Return `source` with nothing in it that runs, loads or links outwards; text is kept, tags are balanced.

    Examples
    --------
    >>> safe_html('<b onclick="x()">A<script>alert(1)</script></b><img src="http://x/y.png" alt="map">')
    '<b>A</b>map'
    """
    rewriter = _Rewriter()
    rewriter.feed(source)
    return rewriter.text()


def html_of_markdown(source: str) -> str:
    r"""Return Markdown as safe HTML; HTML written inside it is shown as text.

    Examples
    --------
    >>> html_of_markdown("**12** <script>")
    '<p><strong>12</strong> &lt;script&gt;</p>\n'
    """
    render = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])
    return safe_html(render(source))


def bound_units(page: str) -> str:
    r"""Return a page in which no line breaks between a number and the sign of its unit.

    Examples
    --------
    >>> bound_units("<p>1.6 % of 12.5 万元</p>")
    '<p>1.6\xa0% of 12.5\xa0万元</p>'
    """
    return _UNIT.sub("\u00a0", page)


def plain_text(fragment: str) -> str:
    """Return the text of a piece of HTML.

    Examples
    --------
    >>> plain_text("a <b>&lt; b</b>")
    'a < b'
    """
    return html.unescape(re.sub(r"<[^>]+>", "", fragment)).strip()


def numbered_headings(page: str) -> tuple[str, list[tuple[int, str, str]]]:
    """Give every heading an anchor; return the page and its headings as (level, anchor, text).

    Examples
    --------
    >>> numbered_headings("<h1>Stalls</h1><h2>How <b>many</b>?</h2>")
    ('<h1 id="s1">Stalls</h1><h2 id="s2">How <b>many</b>?</h2>', [(1, 's1', 'Stalls'), (2, 's2', 'How many?')])
    """
    found: list[tuple[int, str, str]] = []

    def anchored(match: re.Match) -> str:
        tag, inner = match.groups()
        found.append((int(tag[1]), f"s{len(found) + 1}", plain_text(inner)))
        return f'<{tag} id="s{len(found)}">{inner}</{tag}>'

    return _HEADING.sub(anchored, page), found


def _kept_attributes(given: Mapping[str, str | None]) -> dict[str, str]:
    pairs = {name: value or "" for name, value in given.items() if name in ATTRIBUTES}
    return {name: value for name, value in pairs.items() if re.fullmatch(ATTRIBUTES[name], value, re.DOTALL)}
