"""HTML of a shop's editor as the text a shopper reads: paragraphs and list items as lines, no tags, no scripts."""
from __future__ import annotations

import html
import re
from html.parser import HTMLParser

MAX_HTML_CHARS = 500_000
_UNCLOSED_TAGS = 100
_LINES = frozenset((
    "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul",
))  # fmt: skip
_UNSEEN = frozenset(("script", "style", "template", "iframe", "object", "noscript", "svg", "head", "title"))
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&(?:#?\w+);")


def plain_text(source: str, *, line_ends: bool = False) -> str:
    """``source`` without its markup; as it is where it has none. Never fails: broken HTML is read as far as it goes.

    ``line_ends``: line ends between tags are kept, which HTML takes for spaces.
    """
    if not _MARKUP.search(source):
        return source.strip()
    if line_ends:
        source = source.replace("\n", "<br>")
    source = source[:MAX_HTML_CHARS]
    if source.count("<") > source.count(">") + _UNCLOSED_TAGS:
        # HTMLParser looks for the end of each of them through all the rest, which takes minutes.
        source = html.escape(re.sub(r"<[^<>]*>", " ", source).replace("<", " "), quote=False)
    reader = _Reader()
    reader.feed(source)
    reader.close()
    text = "".join(reader.parts).replace("\xa0", " ")
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def plain_line(source: str) -> str:
    """The same in one line: for titles and names."""
    if not _MARKUP.search(source):
        return " ".join(source.split())
    # A title is text more often than HTML: "Size < 40" is no tag, "&amp;" is an ampersand.
    return " ".join(html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", " ", source)).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _LINES:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _LINES:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))
