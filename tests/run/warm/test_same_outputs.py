"""The warm kernel is the kernel: every cell gives the same kinds of output on it as on ipykernel's own."""

from __future__ import annotations

import importlib.util

import pytest
from jupyter_client.manager import AsyncKernelManager

#: what is tried -> code, in the order of one session
CELLS = {
    "a plot of pandas": "import pandas as pd\npd.DataFrame({'a': [1, 2]}).plot()",
    "two figures": "import matplotlib.pyplot as plt\nplt.figure(); plt.plot([1]); plt.figure(); plt.plot([2]);",
    "plt.show within a cell": "plt.plot([1, 2]); plt.show(); print('after')",
    "a figure as a value": "from matplotlib.figure import Figure\nf = Figure(); f.add_subplot(); f",
    "%matplotlib inline": "%matplotlib inline\nplt.plot([3]);",
    "another format": "%config InlineBackend.figure_formats = ['svg']\nplt.plot([3]);",
    "Chinese in a plot": "import microlib as ml\nml.find\nplt.plot([1]); plt.title('逾期余额占比'); plt.show()",
    "a frame": "pd.DataFrame({'a': [1]})",
    "display": "from IPython.display import HTML, Markdown, Latex, display\ndisplay(HTML('<b>1</b>'), Markdown('*2*'))",
    "an update of a display": "h = display(HTML('1'), display_id=True); h.update(HTML('2'))",
    "an object's own display": "class Own:\n    def _ipython_display_(self): display(HTML('own'))\nOwn()",
    "a formatter of one's own": "get_ipython().display_formatter.formatters['text/html'].for_type(int, str)\n7",
    "printed": "import sys\nprint(1); print(2, file=sys.stderr)",
    "an error": "1 / 0",
    "a refusal": "ml.par(3)",
    "a widget": "import ipywidgets as w\nw.IntSlider()",
    "output caught by a widget": "out = w.Output()\nwith out:\n    plt.plot([1]); plt.show()\nout",
    "a hook of the display": "sys.displayhook.__class__.__name__",
    "a magic": "%timeit -n 1 -r 1 1",
}
INSTALLED = {
    "altair": "import altair\naltair.Chart(pd.DataFrame({'a': [1], 'b': [2]})).mark_bar().encode(x='a', y='b')",
    "plotly": "import plotly.graph_objects as go\ngo.Figure(go.Bar(y=[1]))",
}


@pytest.fixture
def cells() -> dict[str, str]:
    return {**CELLS, **{name: code for name, code in INSTALLED.items() if importlib.util.find_spec(name)}}


#: whether a slow query would leave its bar on the page, asked of a bank
BAR = """from microlib.bank.store import open_store
with open_store({home!r}) as store: (bar,), = store.rows("SELECT current_setting('enable_progress_bar')")
print(bar)"""


def test_cells_give_the_same_outputs_on_both(kernel, cells, demo_home) -> None:
    warm, cold = kernel(), kernel(AsyncKernelManager)
    assert [each.says(BAR.format(home=str(demo_home))) for each in (warm, cold)] == ["False", "False"]
    shown = {name: (warm.shows(code), cold.shows(code)) for name, code in cells.items()}
    assert {name: pair for name, pair in shown.items() if pair[0] != pair[1]} == {}
    png = ("display_data", "image/png", "text/plain", "")
    assert shown["a plot of pandas"][0][-1] == png and shown["two figures"][0].count(png) == 2
    assert shown["plt.show within a cell"][0][0] == png
    assert "image/svg+xml" in shown["another format"][0][-1]
    assert not [each for each in shown["Chinese in a plot"][0] if each[0] == "stream"], "a glyph is missing"
    assert "application/vnd.jupyter.widget-view+json" in shown["a widget"][0][0]
