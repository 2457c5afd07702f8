"""Where a bank's tables live: ingest, checks, the engine, privacy, the demo bank."""
