"""演示数据: 36 invented months and a catalogue of invented duties and targets, never beside real ones.

figures    the invented figures, month by month, of every reported indicator and 街镇
work       the invented reports on work to be done, with planned and actual dates
catalogue  the catalogue in force, with departments, reporting duties and targets that are invented and say so
notes      the invented notes on a few indicators
files      the months as CSV files, loaded through the same check and confirmation as any upload
"""
