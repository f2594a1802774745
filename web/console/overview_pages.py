"""The overview: how the bot and the people behind it are doing."""
from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop import unanswered
from shop.figures import Figures
from shop.overview import overview
from shop.periods import Period, bounds, chosen, time_zone
from web.console import overview_figures
from web.console.access import Visit, page
from web.console.conversation_links import conversations_path
from web.question_embedding import embedding_in_use

DEFAULT_PRESET = "28"
PRESETS = {"today": "Today", "7": "7 days", "28": "28 days", "90": "90 days"}
TOP_INTENTS = 10
TOP_CLUSTERS = 12


@dataclass(frozen=True)
class TopIntent:
    """``part``: its share of the most frequent one's messages, in whole per cents, for its bar."""

    name: str
    messages: int
    conversations: int
    before: int
    part: int
    path: str


def show_overview(visit: Visit) -> Response:
    """The figures of the period that was asked for."""
    zone = time_zone(visit.db)
    first, last = visit.query("from"), visit.query("to")
    preset = "" if first or last else visit.query("period", DEFAULT_PRESET)
    period = chosen(zone, preset, first, last)
    seen = overview(visit.db, period, zone, visit.query("by"))
    clusters, rest = unanswered.seen(visit.db, *bounds(period, zone))
    made = unanswered.made(visit.db)
    return visit.show(
        "overview.html", seen=seen, cards=overview_figures.cards(seen), days=overview_figures.days, zone=zone.key,
        preset=preset, presets=PRESETS, intents=_top_intents(seen.figures, seen.before, period),
        clusters=clusters[:TOP_CLUSTERS], more_clusters=max(0, len(clusters) - TOP_CLUSTERS), rest=rest,
        clusters_made_at=made[0] if made else None, cluster_path=_question_path,
        no_embedding=embedding_in_use(visit.request.app.state.settings.var / "models") is None,
        unanswered_path=conversations_path(period, outcome="not_understood"),
    )


def _top_intents(now: Figures, before: Figures, period: Period) -> list[TopIntent]:
    top = now.intents.most_common(TOP_INTENTS)
    return [
        TopIntent(
            name, count, now.intent_talks[name], before.intents[name], max(1, round(100 * count / top[0][1])),
            conversations_path(period, intent=name),
        )
        for name, count in top
    ]


def _question_path(question: unanswered.Question) -> str:
    return f"/console/conversations/{question.conversation_id}?seq={question.seq}"


routes: list[BaseRoute] = [Route("/console/overview", page("overview.read")(show_overview), methods=["GET"])]

