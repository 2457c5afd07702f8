"""The formats of a report (HTML, Word, Excel, PDF, slides), all written from one record of what its notebook showed."""
