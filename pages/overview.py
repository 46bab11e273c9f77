"""总览: what needs a decision, what changed, who has not reported, the six themes, how the rectification stands."""

from __future__ import annotations

from metrics.board import detail, query, view
from metrics.board.overview import timeline
from pages import session, ui

board = session.board()
catalogue = session.catalogue()
end = session.month() or next(reversed(session.months()), None)


def drawn() -> None:
    """The page of the month looked at."""
    found = session.district(catalogue.indicators)
    shown = session.overview_of(
        session.reads(), catalogue, found, before=session.before(), today=session.today(), end=end
    )
    releases = session.releases()
    last = next((release for release in reversed(releases) if not release.withdrawn), None)
    compared = last is not None and len(releases) > 1
    changes = (
        query.changes(session.reads(), last.release_id, catalogue.total, before=session.before(), until=session.month())
        if last and compared
        else []
    )
    alone = f"目前只有一个版本：{detail.release_text(last)}，共{last.observations}条。" if last else "还没有任何数据。"
    ui.html(
        "overview.html",
        view=shown,
        release=detail.release_text(last) if last else "尚无版本",
        release_note=alone,
        changes=detail.changes(changes, catalogue) if compared else [],
        timeline=timeline(shown.overall),
        organisation=catalogue.organisation,
        today=str(session.today()),
        states=view.STATE_COUNTS,
        badge_counts=view.badge_counts,
    )


session.once("overview", drawn)
