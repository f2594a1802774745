"""The console's templates, and how it writes moments."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from shop.clock import utc_now
from web.rendering import environment

_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def minute(moment: datetime | None) -> str:
    """"24 Nov 2026, 14:05"; "" for None. In UTC: a browser writes it in its own zone (see ``time_tag``)."""
    return f"{moment.day} {moment:%b %Y, %H:%M}" if moment else ""


def time_tag(moment: datetime | None) -> Markup:
    """A ``<time>`` that console.js writes in the reader's own time zone; "" for None."""
    if moment is None:
        return Markup("")
    text = Markup('<time datetime="{}" title="{} UTC">{}</time>')
    return text.format(escape(moment.isoformat(timespec="seconds")), minute(moment), minute(moment))


def duration(span: timedelta | float) -> str:
    """"3 d", "2 h", "5 min" or "40 s": the largest whole unit. A number is seconds."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    for size_s, unit in _STEPS:
        if seconds >= size_s:
            return f"{int(seconds // size_s)} {unit}"
    return f"{max(0, int(seconds))} s"


def ago(moment: datetime | None) -> str:
    """"5 min ago", "now" within a minute; "" for None."""
    if moment is None:
        return ""
    seconds = (utc_now() - moment).total_seconds()
    return "now" if seconds < 60 else f"{duration(seconds)} ago"


def words(action: str) -> str:
    """"sign_in.failed" -> "sign in: failed": a word for programs as people read it."""
    return action.replace("_", " ").replace(".", ": ")


_environment = environment()
_environment.filters |= {"minute": minute, "time_tag": time_tag, "duration": duration, "ago": ago, "words": words}


def render(template: str, **context: Any) -> str:
    """The page ``console/<template>`` as HTML. Raises jinja2's errors: a template that is broken is ours to mend."""
    return _environment.get_template(f"console/{template}").render(**context)
