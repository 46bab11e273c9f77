"""总览: what needs a decision, what changed, who has not reported, the six themes, how the rectification stands."""

from __future__ import annotations

from metrics.board import detail, query, view
from metrics.board.overview import Overview, timeline
from pages import session, ui

board = session.board()
catalogue = session.catalogue()
end = session.month() or next(reversed(session.months()), None)


def made() -> Overview:
    """The page of the month looked at."""
    found = session.district(catalogue.indicators)
    return session.overview_of(board, catalogue, found, before=session.before(), today=session.today(), end=end)


shown = session.once("overview", made)
releases = session.releases()
standing = [release for release in releases if not release.withdrawn]
last = standing[-1] if standing else None
compared = last is not None and len(releases) > 1
changes = (
    query.changes(board.store, last.release_id, catalogue.total, before=session.before()) if last and compared else []
)

ui.html(
    "overview.html",
    view=shown,
    organisation=catalogue.organisation,
    today=str(session.today()),
    release=detail.release_text(last) if last else "尚无版本",
    release_note=f"目前只有一个版本：{detail.release_text(last)}，共{last.observations}条。"
    if last
    else "还没有任何数据。",
    changes=detail.changes(changes, catalogue) if compared else [],
    timeline=timeline(shown.overall),
    states=view.STATE_COUNTS,
    badge_counts=view.badge_counts,
)
