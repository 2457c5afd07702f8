"""Speed and memory as ratios against a named peer in the same run: `make bench` prints them, writes bench.json."""
