"""What a cell shows: safe HTML and text in columns."""

from microlib.report.display import aligned, heading, joined, nothing, paragraph, width


def test_html_from_the_data_is_text():
    assert "<script>" not in paragraph('<script>alert("x")</script>').page


def test_line_breaks_of_the_data_do_not_break_a_table():
    assert aligned([["a"], ["b\nc"]], [False]).count("\n") == 2


def test_chinese_signs_take_two_columns():
    lines = aligned([["支行", "户"], ["ab", "12"]], [False, True]).splitlines()
    assert width(lines[0]) == width(lines[2]) == 8


def test_what_is_joined_leaves_out_nothing_and_shows_no_gap():
    shown = joined([paragraph("a"), nothing(), paragraph("b")])
    assert shown.text == "a\n\nb"


def test_a_display_has_no_address_in_its_text():
    assert repr(heading("甲")) == "甲"
