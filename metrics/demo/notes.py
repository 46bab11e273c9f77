"""The invented notes on a few indicators, written as any note is."""

from __future__ import annotations

from datetime import datetime, timedelta

from metrics.board import commentary, query
from metrics.catalogue import Catalogue
from metrics.intake.comment import Entry, write
from metrics.model import Act, Kind
from metrics.store import Store

OF_THEME = 2


def add(store: Store, catalogue: Catalogue, *, at: datetime) -> None:
    """A note on the latest month of the first rates and counts of each theme that the district has figures of."""
    until = f"{(at + timedelta(days=45)).date()}"
    for section in catalogue.sections:
        told = [one.code for one in section.indicators if not one.derived and one.kind in {Kind.RATIO, Kind.FLOW}]
        for code, facts in query.facts(store, told[:OF_THEME], regions=[catalogue.total]).items():
            for month in commentary.months(facts, ())[:1]:
                entry = Entry(
                    indicator=code, region=catalogue.total, month=month, what="演示：本月受降雨影响，部分点位施工顺延。",
                    doing="演示：组织街镇逐项排查；\n每周调度一次进度。", by_when=until,
                )  # fmt: skip
                write(store, entry, months=[month], after=0, act=Act(at=at, by="演示"))
