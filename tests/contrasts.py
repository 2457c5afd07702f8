"""Contrast of text against its ground, as WCAG 2.2 computes it, read from a page as the browser draws it."""

from __future__ import annotations

from typing import Any

#: run in the page: every element with text of its own, its colour, the ground below it, and its size
SEEN = """
(() => {
  const rgba = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, low) => {
    const share = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => top[i] * share + low[i] * (1 - share));
  };
  const ground = element => {
    const stack = [];
    for (let node = element; node; node = node.parentElement)
      stack.push(rgba(getComputedStyle(node).backgroundColor));
    return stack.reverse().reduce((low, top) => over(top, low), [255, 255, 255]);
  };
  const found = new Map();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    if (!own || !element.getBoundingClientRect().width || style.visibility === 'hidden') continue;
    const low = ground(element), svg = element instanceof SVGElement;
    const ink = over(rgba(svg ? style.fill : style.color), low);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    const said = element.textContent.trim().slice(0, 40);
    const key = [ink.map(Math.round), low.map(Math.round), large].join('|');
    if (!found.has(key)) found.set(key, {ink, low, large, said});
  }
  return [...found.values()];
})()
"""


def luminance(colour: list[float]) -> float:
    """Return the relative luminance of a colour (0 to 255 each)."""
    parts = [value / 255 for value in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def faint_texts(tab: Any) -> list[str]:
    """Return the texts of a page whose contrast is under level AA (4.5, or 3 for large text)."""
    seen = [(contrast(each["ink"], each["low"]), each) for each in tab.run(SEEN)]
    assert seen
    return [f"{ratio:.2f} {each['said']}" for ratio, each in seen if ratio < (3 if each["large"] else 4.5)]
