"""总览: what needs a decision, how the rectification stands, the six themes, what changed."""

from __future__ import annotations

from metrics.board import detail, query, view
from pages import session, ui

board = session.board()
catalogue = session.catalogue()
shown = view.overview(catalogue, session.district(catalogue.indicators), today=session.today())
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
    timeline=view.timeline(shown.overall),
    states=view.STATE_COUNTS,
    badge_counts=view.badge_counts,
)
