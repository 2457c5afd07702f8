"""The formats of a report, all written from one record of what its notebook showed."""
