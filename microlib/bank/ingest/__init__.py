"""From files of a bank's own to checked rows in the store, all of them or none.

The path of a file: `files` (sheets of text), `headers` (which column is which), `convert` (typed values),
`staging` (rows not yet kept), `row_rules` and `cross_checks` (what is wrong), `load` (one transaction).
`intake` is the way in for any file, `ledgers` for a folder of month-end ledgers (台账).
"""
