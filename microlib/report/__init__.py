"""How results are told: tables, charts and sentences in Chinese and English; no arithmetic.

`report.Report` is what a notebook works with. Numbers come from measures and designs; here they get units,
labels, words and a place on the page.
"""
