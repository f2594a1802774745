"""The demo shop's templates, and how it writes stars and policies."""
from __future__ import annotations

from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from web.rendering import environment

# HTML in a policy is shown as text, and markdown-it refuses javascript: and data: links by itself.
_markdown = MarkdownIt("commonmark", {"html": False, "typographer": True}).enable(["table", "replacements"])


def stars(rating: float) -> str:
    """Five characters, full for each whole star after rounding."""
    full = round(max(0.0, min(5.0, rating)))
    return "★" * full + "☆" * (5 - full)


def rendered_markdown(text: str) -> Markup:
    """Markdown as safe HTML."""
    return Markup(_markdown.render(text))  # noqa: S704 - markdown-it escapes, with html off


_environment = environment()
_environment.filters |= {"stars": stars, "markdown": rendered_markdown}


def render(template: str, **context: Any) -> str:
    """The page as HTML. Raises jinja2's errors: a template that is broken is ours to mend."""
    return _environment.get_template(template).render(**context)
