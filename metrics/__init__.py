"""The urban-management KPI dashboard: everything that can be right or wrong. No Streamlit, no clock, no globals.

errors, period, number, model   nouns: problems, periods, written figures, indicators and observations
yamlfile, catalogue             config.yaml -> Catalogue, every mistake with its line
schema.sql, store               the store: opens, migrates, appends; the only writer
intake/notice                   a public notice and its figures -> a submission
board/query, assess, view, chart   store -> facts -> status -> words -> pictures
start                           opens all of it once; __main__ is the command line, web/ what is HTTP

    file -> intake -> store.append -> board.query -> assess -> view -> chart -> page
"""
