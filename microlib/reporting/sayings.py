"""The part of a report that speaks: titles and sentences, each built by a verdict, its numbers kept as facts."""

from __future__ import annotations

from typing import Any

from microlib.reporting import boxes, displays
from microlib.reporting.facts import Facts
from microlib.reporting.verdicts.registry import verdict


class Sayings(Facts):
    """Titles and sentences, and single numbers."""

    def title(self, key: str, *results: Any, **options: Any) -> displays.Shown:
        """Show a heading that carries the answer of the verdict `key` on `results`."""
        waiting = self.blocked(key, [*results, *options.values()])
        if waiting is not None:
            return boxes.waiting_title(self.words, waiting, key)
        return displays.heading(self._said(key, results, options).rstrip("。."))

    def say(self, key: str, *results: Any, **options: Any) -> displays.Shown:
        """Show the sentence or sentences of the verdict `key` on `results`.

        Why it cannot be said is told where nothing else in the report waits for the same.
        """
        told = list(self.waiting.values())
        waiting = self.blocked(key, [*results, *options.values()])
        if waiting is not None:
            return displays.nothing() if waiting in told else boxes.waiting_box(self.words, waiting)
        text = self._said(key, results, options)
        return displays.paragraph(text) if text else displays.nothing()

    def line(self, key: str, *results: Any, **options: Any) -> tuple[str, str]:
        """Return one line of a `sheet`: the caption of the verdict `key`, and what it says or why it cannot."""
        waiting = self.blocked(key, [*results, *options.values()])
        said = boxes.reason(self.words, waiting) if waiting is not None else self._said(key, results, options)
        return self.words.entry("captions", key), said

    def sheet(self, *lines: tuple[str, str]) -> displays.Shown:
        """Show lines one below the other, each with its name: a product on one page."""
        return displays.facts(lines)

    def _said(self, key: str, results: tuple, options: dict[str, Any]) -> str:
        told = verdict(key)(*results, **options)
        sentences = told if isinstance(told, list) else [told]
        names = [key, *(f"{key}.{number}" for number in range(2, len(sentences) + 1))]
        said = zip(names, sentences, strict=True)
        facts = {f"{name}.{part}": value for name, each in said for part, value in each.values.items()}
        self.results.tell_all(facts, source=self.results.source_of(*results))
        texts = [self.words.sentence(each.key, **each.values) for each in sentences]
        return (" " if self.words.lang == "en" else "").join(texts)
