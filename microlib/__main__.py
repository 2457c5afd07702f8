"""The command as ``python -m microlib``, where no script of its name is in the path."""

from __future__ import annotations

from microlib.cli import main

if __name__ == "__main__":
    main()
