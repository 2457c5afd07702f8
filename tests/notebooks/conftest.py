"""Scripts beside the tests are not tests."""

collect_ignore = ["refresh.py"]
