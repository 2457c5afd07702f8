"""Where a bank's tables live: the store, ingest, checks, pseudonyms, and sums over the whole bank.

Everything that touches the engine (DuckDB through Ibis) stands here. What a figure means is decided in
`microlib.metrics`; here rows are read, checked, kept and added up.
"""
