"""A page read into blocks: looks, lists, tables, figures, and text that any document can hold."""

from microlib.running.exporting import blocks


def kinds(page):
    return [(block.kind, block.style, block.text) for block in blocks.read_blocks(page)]


def test_prose_keeps_its_looks():
    (block,) = blocks.read_blocks("<p>甲 <b>乙</b> <code>丙</code></p>")
    assert [(run.text.strip(), run.look) for run in block.runs if run.text.strip()] == [
        ("甲", "plain"),
        ("乙", "strong"),
        ("丙", "code"),
    ]


def test_lists_are_marked_and_numbered():
    page = "<ol><li>a</li><li><p>b</p></li></ol><ul><li>c<ul><li>d</li></ul></li></ul>"
    found = blocks.read_blocks(page)
    assert [(block.text, block.level) for block in found] == [("1. a", 1), ("2. b", 1), ("• c", 1), ("• d", 2)]


def test_boxes_and_cards_keep_their_style():
    page = '<div class="wb-missing">缺表</div><div class="wb-decision wb-stop"><b>停</b><div>理由</div></div>'
    assert kinds(page) == [
        ("paragraph", "missing", "缺表"),
        ("paragraph", "stop", "停"),
        ("paragraph", "stop", "理由"),
    ]


def test_a_table_keeps_caption_cells_and_sides():
    head = '<th style="text-align:left">a</th><th style="text-align:right">b</th>'
    body = "<tbody><tr><td>x</td><td>1</td></tr></tbody>"
    page = f"<table><caption>题</caption><thead><tr>{head}</tr></thead>{body}</table>"
    (block,) = blocks.read_blocks(page)
    assert (block.text, block.rows, block.right) == ("题", (("a", "b"), ("x", "1")), (False, True))


def test_a_figure_keeps_picture_and_words():
    (block,) = blocks.read_blocks('<figure><img alt="图" src="data:image/png;base64,AAAA"></figure>')
    assert (block.kind, block.text, block.png) == ("figure", "图", b"\x00\x00\x00")


def test_lines_of_plain_text_are_paragraphs():
    assert kinds("<pre>a\n  b</pre>") == [("paragraph", "", "a"), ("paragraph", "", "b")]


def test_no_text_is_lost():
    page = "<section><p>a</p>b<div>c<p>d</p>e</div></section>f"
    assert "".join(text for _, _, text in kinds(page)) == "abcdef"
