"""One figure entered by hand: which indicator, where, when, and what it is; then it goes through the same check as a file."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from metrics.board import words
from metrics.catalogue import WHOLE, Catalogue
from metrics.intake import form
from metrics.intake.check import Upload
from metrics.intake.form import Entry
from metrics.model import Indicator, Kind, State
from metrics.period import chinese
from pages import session, ui
from pages.desk import FORM, desk, put

STATES = [state.value for state in State if state is not State.NOT_SAID]
FIGURES = set(Kind) - {Kind.MILESTONE, Kind.GRADE}
LABELS = {
    "value": "数值", "numerator": "分子", "denominator": "分母", "qualifier": "限定", "state": "状态", "planned": "计划完成", "actual": "实际完成",
}  # fmt: skip
HINTS = {"planned": "如2023年6月30日", "actual": "如2023年6月30日", "state": "如达标"}


def entered() -> Upload | None:
    """The figure that was entered and is being looked at, as a file; None before 核对 was pressed."""
    catalogue, number = session.board().catalogue, desk(FORM).number
    ui.html(
        "upload_step.html",
        number="1",
        title="填一个数",
        note="用来补报、更正一项指标，或确认零报；和上传文件一样核对，确认后才入库。",
    )
    left, right = st.columns([2, 1])
    codes = [code for code, one in catalogue.indicators.items() if not one.derived]
    code = left.selectbox(
        "指标（可输入文字查找）", codes, index=None, format_func=lambda one: _named(catalogue, one), placeholder="请选择指标",
        key=f"form.{number}.code",
    )  # fmt: skip
    region = right.selectbox("街镇", [WHOLE, *(one.name for one in catalogue.regions)], key=f"form.{number}.region")
    if code is None:
        ui.html("upload_form_how.html")
        return None
    indicator = catalogue.indicators[code]
    ui.html("upload_now.html", said=_standing(catalogue, indicator, region))
    _typed(indicator, region, number)
    kept = st.session_state.get(f"form.{number}.upload")
    return kept if isinstance(kept, Upload) else None


def _named(catalogue: Catalogue, code: str) -> str:
    one = catalogue.indicators[code]
    return f"{one.name}{f'（{one.unit}）' if one.unit else ''} · {catalogue.section_of[code].short}"


def _standing(catalogue: Catalogue, indicator: Indicator, region: str) -> str:
    """The latest figure that the store holds, and what the indicator means."""
    regions = {name: code for code, name in catalogue.region_names.items()}
    own = [
        fact.observation
        for fact in session.facts([indicator.code])[indicator.code]
        if fact.observation.region == regions[region]
    ]
    last = (
        f"{region}最近一期：{chinese(own[-1].period)} {words.with_unit(own[-1], indicator)}。"
        if own
        else f"{region}还没有数据。"
    )
    return f"{last}口径：{indicator.definition}" if indicator.definition else last


def _typed(indicator: Indicator, region: str, number: int) -> None:
    """The fields that this kind of indicator has; 核对 makes a file of them, or says what is lacking."""
    with st.form(f"form.{number}.{indicator.code}", border=False):
        names = form.ENTERED[indicator.kind]
        columns = st.columns(len(names) + 1)
        period = columns[0].text_input("期间", key=f"form.{number}.period", placeholder="如2023年5月", max_chars=40)
        texts = {name: _field(column, name, indicator, number) for name, column in zip(names, columns[1:], strict=True)}
        note = st.text_input("备注（可不填）", key=f"form.{number}.note", max_chars=300)
        zero = indicator.kind in FIGURES and st.checkbox("确认零报：这一期的数确实是0", key=f"form.{number}.zero")
        pressed = st.form_submit_button("核对", type="primary")
    if pressed:
        _take(Entry(indicator=indicator, region=region, period=period, note=note, zero=zero, **texts), number)
    lacking = st.session_state.get(f"form.{number}.lacking")
    if lacking:
        ui.html("upload_say.html", tone="warn", said=lacking, links=[])


def _field(column: DeltaGenerator, name: str, indicator: Indicator, number: int) -> str:
    """One field of the form, as text; "" for what was left empty."""
    key = f"form.{number}.{name}"
    if name == "qualifier" or (name == "state" and indicator.kind is Kind.MILESTONE):
        options = list(form.LIMITS) if name == "qualifier" else STATES
        return (
            column.selectbox(
                LABELS[name], options, index=None, placeholder="不限定" if name == "qualifier" else "请选择", key=key
            )
            or ""
        )
    unit = f"（{indicator.unit}）" if name == "value" and indicator.unit else ""
    label = "等次或结论" if name == "state" else LABELS[name] + unit
    return column.text_input(label, key=key, placeholder=HINTS.get(name, ""), max_chars=60) or ""


def _take(entry: Entry, number: int) -> None:
    """Put the entry on the desk as a file, or say what is lacking."""
    lacking = form.lacking(entry)
    st.session_state[f"form.{number}.lacking"] = lacking
    st.session_state[f"form.{number}.upload"] = None if lacking else form.upload(entry, at=session.now())
    put(FORM, answers={}, questions={}, version=None, problem="")
