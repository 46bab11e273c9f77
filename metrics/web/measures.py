"""Figures about the running board for Prometheus: not about the district."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from metrics import backup, login
from metrics import store as stores
from metrics.store import Store
from metrics.web.gate import Tabs

TOKEN: Final = (
    "KPI_METRICS_TOKEN"  # of the environment: who brings it as Bearer may read these figures without an account
)
MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, eq=False)
class Board(Collector):
    """The board's own figures, looked up when they are asked for."""

    store: Store
    tabs: Tabs
    now: Callable[[], datetime]

    def collect(self) -> Iterator[Metric]:
        """Each figure with its unit in its name; one that is not known, such as the age of no back-up, is left out."""
        store, at = self.store, self.now()
        listed = stores.releases(store)
        kept = backup.kept(store)
        figures: dict[str, tuple[str, float]] = {
            "kpi_open_tabs": ("Open tabs in which somebody is signed in", len(self.tabs.open)),
            "kpi_sessions": ("Sessions that live", len(login.living(store, at=at))),
            "kpi_releases": ("Releases that count", sum(not one.withdrawn and not one.waiting for one in listed)),
            "kpi_releases_waiting": ("Releases that wait for a second person", sum(one.waiting for one in listed)),
            "kpi_store_bytes": ("Size of the store", store.size()),
            "kpi_store_log_bytes": ("Size of what is not part of the file yet", store.engine.logged()),
            "kpi_backups": ("Back-ups named after their time", len(kept)),
        }
        if kept:
            figures["kpi_backup_age_seconds"] = ("Since the newest back-up", (at - kept[-1].at).total_seconds())
        if store.engine.disk is not None:
            free = shutil.disk_usage(store.engine.disk).free
            figures["kpi_disk_free_bytes"] = ("Free space where the store lies", free)
        for name, (said, value) in figures.items():
            yield GaugeMetricFamily(name, said, value=value)


def measures_route(board: Board) -> Route:
    """`/metrics`, for administrators and who brings the token; the gate sees to that."""
    registry = CollectorRegistry()
    registry.register(board)
    ProcessCollector(registry=registry)

    def shown(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    return Route("/metrics", shown)


def token() -> str:
    """The token that is set for this start; "" for none."""
    return os.environ.get(TOKEN, "")
