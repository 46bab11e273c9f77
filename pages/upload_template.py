"""Templates to fill in, beside the place for files: which theme or department, which month, as workbook or CSV."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import streamlit as st

from metrics.board import words
from metrics.catalogue import Catalogue
from metrics.intake import template
from metrics.model import Indicator
from metrics.period import Period, chinese
from pages import session, ui

MONTHS = 24  # to choose from, last month first
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def offered() -> None:
    """The two choices and the two downloads; a file is made when it is asked for."""
    catalogue = session.board().catalogue
    ui.html(
        "upload_step.html",
        number="",
        title="还没有文件？下载模板",
        note="表头、指标、街镇、单位、口径和上期数都已填好，填上数就能上传。",
    )
    owners = _owners(catalogue)
    owner = st.selectbox("主题或科室", list(owners), format_func=lambda code: owners[code], key="template.owner")
    period = st.selectbox("月份", _months(session.today()), format_func=chinese, key="template.month")
    book, plain = st.columns(2)
    with book:
        _download("Excel模板", owner, period, template.workbook, "xlsx", SPREADSHEET)
    with plain:
        _download("CSV模板", owner, period, template.csv_template, "csv", "text/csv")


def _download(label: str, owner: str, period: Period, make: Callable[..., bytes], ending: str, mime: str) -> None:
    catalogue = session.board().catalogue
    st.download_button(
        label, lambda: _made(make, owner, period), file_name=template.template_name(catalogue, owner, period, ending=ending),
        mime=mime, key=f"template.{ending}", on_click="ignore", width="stretch",
    )  # fmt: skip


def _made(make: Callable[..., bytes], owner: str, period: Period) -> bytes:
    catalogue = session.board().catalogue
    codes = [one.code for one in _indicators(catalogue, owner)]
    return make(catalogue, codes=codes, period=period, last=_last(codes, period))


def _owners(catalogue: Catalogue) -> dict[str, str]:
    """Themes and departments that have something to report, by code."""
    named = {section.code: section.short for section in catalogue.sections}
    named |= {department.code: department.name for department in catalogue.declaration.departments}
    return {code: name for code, name in named.items() if _indicators(catalogue, code)}


def _indicators(catalogue: Catalogue, owner: str) -> list[Indicator]:
    return [
        one for one in catalogue.indicators.values()
        if not one.derived and owner in {catalogue.section_of[one.code].code, one.department}
    ]  # fmt: skip


def _months(today: date) -> list[Period]:
    found = []
    end = today.replace(day=1) - timedelta(days=1)
    for _ in range(MONTHS):
        found.append(Period(end.replace(day=1), end))
        end = end.replace(day=1) - timedelta(days=1)
    return found


def _last(codes: list[str], period: Period) -> dict[tuple[str, str], str]:
    """The last figure before the period as text, by indicator and region."""
    catalogue, found = session.board().catalogue, {}
    for code, facts in session.facts(codes).items():
        for fact in facts:
            if code in codes and fact.observation.period.end < (period.start or period.end):
                found[code, fact.observation.region] = words.printed(fact.observation, catalogue.indicators[code])
    return found
