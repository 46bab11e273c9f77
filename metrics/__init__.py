"""The urban-management KPI dashboard: everything that can be right or wrong. No Streamlit, no clock, no globals.

errors, period, number, model   nouns: problems, periods, written figures, indicators and observations
yamlfile, catalogue, notice     config.yaml -> Catalogue, a notice's figures and text; every mistake with its line
schema.sql, store               the store: opens, migrates, appends; the only writer
intake/notice                   a public notice and its figures -> a submission
intake/comment, board/commentary what people write about an indicator and a month: written, and read
board/query, derive, words, assess, series, view, chart, detail, table, wall
                                store -> facts -> words and status -> cards -> pictures, slides
start                           opens all of it once; __main__ is the command line, web/ what is HTTP

    file -> intake -> store.append -> board.query -> derive -> assess -> view -> chart -> page
"""
