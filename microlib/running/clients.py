"""papermill's notebook client with a limit: how much a notebook may say."""

from __future__ import annotations

from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

#: a notebook that writes more than this does not write a report
MOST_CHARACTERS = 32 * 1024 * 1024


class TooMuchOutput(Exception):
    """A notebook wrote more than a report can hold."""


class LimitedClient(PapermillNotebookClient):
    """Counts what the notebook says and stops listening when it is too much."""

    said = 0

    def process_message(self, message: dict[str, Any], *place: Any, **options: Any) -> Any:
        """Take in one message of the kernel."""
        content = message.get("content", {})
        data = content.get("data") or {}
        self.said += len(content.get("text") or "") + sum(len(str(text)) for text in data.values())
        if self.said > MOST_CHARACTERS:
            raise TooMuchOutput(f"the notebook wrote more than {MOST_CHARACTERS >> 20} MB of output")
        return super().process_message(message, *place, **options)


class KeepingEngine(NBClientEngine):
    """papermill's own engine with our client; an error carries the half-run notebook with it."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the notebook; whatever stops it leaves with ``error.notebook``."""
        for name in ("log_output", "input_path", "stdout_file", "stderr_file"):
            options.pop(name, None)
        options["startup_timeout"] = options.pop("start_timeout")
        try:
            LimitedClient(nb_man, kernel_name=kernel_name, **options).execute()
        except Exception as error:
            error.notebook = nb_man.nb
            raise
