"""The tables of a bank, by data level: what each must hold before a report may rest on it."""
