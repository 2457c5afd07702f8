"""What looks wrong is seen: on a page planted with faults, and in a figure."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

CRUSHED = '<table style="table-layout:fixed;width:60px"><tr><td>风险负责人</td><td>客户经理</td></tr></table>'
OVER = (
    '<div style="position:relative"><span>余额</span><span style="position:absolute;left:0;top:0">不良率</span></div>'
)
WIDE = '<p style="width:3000px">宽</p>'


@pytest.mark.system
@pytest.mark.parametrize(
    ("body", "fault"), [(CRUSHED, "under four signs"), (OVER, "text over text"), (WIDE, "out of the window")]
)
def test_a_fault_of_a_page_is_seen(tab, tmp_path, script, body, fault):
    page = tmp_path / "page.html"
    page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{body}</body>', encoding="utf-8")
    assert any(fault in found for found in script("run/looks.py").page_faults(tab, page))


def test_a_fault_of_a_figure_is_seen_and_a_sound_one_has_none(script):
    looks = script("run/looks.py").figure_faults
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1])
    axes.set(xticks=[0, 1], yticks=[0, 1])
    assert looks(figure) == []
    for said in ("one", "two"):
        axes.text(0.5, 0.5, said)
    figure.add_subplot(2, 2, 4)
    told = " ".join(looks(figure))
    assert "text over text: one / two" in told and "empty panel" in told
