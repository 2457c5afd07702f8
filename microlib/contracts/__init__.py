"""What a table or a file must say: tables of a bank, written terms, and mappings of a bank's own exports.

Schemas only: columns, units, codes, models and their checks. Nothing is computed and no file of a bank is
read.
"""
