"""What looks wrong on a page, as a browser draws it, and in a figure, as its renderer does; also run by hand.

``python tests/run/looks.py reports/demo/2026-06-30`` walks all pages below a folder at a desk's and a phone's width,
and draws the figures of all reports there again; it says page and place of what is found, and ends with 1 where it is.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: widths in pixels of a desk and of a phone
WIDTHS = (1280, 390)
#: run in the page: what reaches out of the window, cells under four signs wide, text drawn over text, pictures unseen
SEEN = """
(() => {
  for (const folded of document.querySelectorAll('details')) folded.open = true;
  const wide = document.documentElement.clientWidth, found = [];
  const tell = (what, node) => found.push(what + ': ' + (node.textContent || node.alt || '').trim().slice(0, 50));
  const held = node => {
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
      if (/(auto|scroll|hidden)/.test(getComputedStyle(up).overflowX)) return up;
    return null;
  };
  if (document.documentElement.scrollWidth > wide) found.push('wider than the window');
  const drawn = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].filter(each => each.nodeType === 3 && each.textContent.trim());
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    if (!box.width || !box.height || style.visibility === 'hidden' || style.clip !== 'auto') continue;
    if (box.right > wide + 1 && !held(node)) tell('out of the window', node);
    if (node.tagName === 'IMG' && !node.naturalWidth) tell('no picture', node);
    if (!own.length || node.closest('svg')) continue;
    const size = parseFloat(style.fontSize);
    if (/^T[DH]$/.test(node.tagName)) {
      const inner = node.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      const signs = Math.max(...own.map(each => each.textContent.trim().length));
      if (signs >= 4 && inner < 3.9 * size * (/[\\u4e00-\\u9fff]/.test(node.textContent) ? 1 : 0.45))
        tell('under four signs wide (' + Math.round(inner / size * 10) / 10 + ')', node);
      if (node.scrollWidth > node.clientWidth + 1) tell('out of its cell', node);
    }
    const range = document.createRange();
    for (const each of own) {
      range.selectNodeContents(each);
      for (const line of range.getClientRects()) if (line.width > 1) {
        const edge = line.height * 0.25;
        drawn.push({l: line.left, r: line.right, t: line.top + edge, b: line.bottom - edge, node});
      }
    }
  }
  drawn.sort((one, other) => one.t - other.t);
  drawn.forEach((one, number) => {
    for (let next = number + 1; next < drawn.length && drawn[next].t < one.b; next++) {
      const other = drawn[next];
      const across = Math.min(one.r, other.r) - Math.max(one.l, other.l);
      const down = Math.min(one.b, other.b) - Math.max(one.t, other.t);
      const within = one.node.contains(other.node) || other.node.contains(one.node);
      if (across > 2 && down > 2 && !within)
        tell('text over text (' + other.node.textContent.trim().slice(0, 30) + ')', one.node);
    }
  });
  return [...new Set(found)];
})()
"""


def page_faults(tab: Any, page: Path) -> list[str]:
    """Return what looks wrong on a page, at each width."""
    found = []
    for width in WIDTHS:
        tab.resize(width, phone=width < 500)
        tab.open(page.as_uri())
        found += [f"{width} px, {each}" for each in tab.run(SEEN)]
    return found


def figure_faults(figure: Any) -> list[str]:
    """Return what looks wrong in a figure: text over text, text out of the picture, a panel without anything in it."""
    from matplotlib.text import Text

    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    texts = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text().strip()]
    boxes = [(each.get_text().strip(), each.get_window_extent(renderer)) for each in texts]
    whole, found = figure.bbox, []
    for (said, box), (other, its) in itertools.combinations(boxes, 2):
        across, down = min(box.x1, its.x1) - max(box.x0, its.x0), min(box.y1, its.y1) - max(box.y0, its.y0)
        if across > 2 and down > 2 and (said, box.bounds) != (other, its.bounds):
            found.append(f"text over text: {said[:30]} / {other[:30]}")
    out = [said for said, box in boxes if box.x0 < whole.x0 - 2 or box.x1 > whole.x1 + 2 or box.y0 < whole.y0 - 2]
    found += [f"out of the picture: {said[:40]}" for said in out]
    panels = [panel for panel in figure.axes if panel.get_visible() and panel.axison]
    empty = [panel for panel in panels if not panel.has_data() and not panel.texts]
    return found + [f"empty panel: {panel.get_title() or panel.get_xlabel()}" for panel in empty]


@contextmanager
def _looked_at(found: list[str]) -> Any:
    """Look at every figure before it is saved."""
    from matplotlib.figure import Figure

    saved: Callable = Figure.savefig

    def looking(self: Figure, *given: Any, **named: Any) -> Any:
        done = saved(self, *given, **named)
        found.extend(figure_faults(self))
        return done

    Figure.savefig = looking
    try:
        yield
    finally:
        Figure.savefig = saved


def drawn_again(notebook: Path) -> list[str]:
    """Run the cells of an executed report once more, here, and return what looks wrong in its figures."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell()
    found: list[str] = []
    with _looked_at(found), capture_output():
        for cell in nbformat.read(notebook, as_version=4).cells:
            if cell.cell_type != "code":
                continue
            told = "\nout = ''" if "injected-parameters" in cell.metadata.get("tags", []) else ""
            shell.run_cell(cell.source + told).raise_error()
    shell.history_manager.end_session()
    return found


def faults(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield page or notebook, and what looks wrong there, for all below a folder."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from browsers import Browser

    with tempfile.TemporaryDirectory() as profile:
        browser = Browser("chromium", Path(profile))
        try:
            for page in sorted(folder.rglob("*.html")):
                with browser.tab() as tab:
                    yield from ((page, fault) for fault in page_faults(tab, page))
        finally:
            browser.close()
    for notebook in sorted(folder.rglob("*.ipynb")):
        yield from ((notebook, fault) for fault in drawn_again(notebook))


if __name__ == "__main__":
    place, found = Path(sys.argv[1]).resolve(), []
    for path, fault in faults(place):
        found.append(fault)
        sys.stdout.write(f"{path.relative_to(place)}\t{fault}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(found)} faults\n")
    sys.exit(int(bool(found)))
