"""数据上报: files in, what is wrong and where, what would change; and after 确认入库 a release. Nothing before it is written."""

from __future__ import annotations

import streamlit as st

from pages import person, session, ui, upload_form, uploading
from pages.desk import FILE, FORM, desk

board = session.board()
organisation = board.catalogue.organisation
if session.known():
    ui.html("upload_past.html", known=session.known())
    st.stop()
sender = session.me()
if sender is None or not sender.writes:
    ui.html("upload_closed.html", organisation=organisation.short, closed=person.closed())
    st.stop()

ui.html("upload_head.html", organisation=organisation.short, sender=sender.name)
by_file, by_form = st.tabs(["上传文件", "填报单个指标"])
with by_file:
    if desk(FILE).done:
        uploading.finished(FILE)
    else:
        uploads, before = uploading.chosen_files()
        if uploads or before:
            uploading.review(FILE, uploads, before)
with by_form:
    if desk(FORM).done:
        uploading.finished(FORM)
    else:
        entered = upload_form.entered()
        if entered:
            uploading.review(FORM, [entered], ())
