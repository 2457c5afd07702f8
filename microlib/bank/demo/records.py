"""The ledger's tables at the as-of date, in order: loans, facilities, month-ends, customers."""

from microlib.bank.demo import behaviours, customers, facilities, loans

STAGES = (loans.make_loans, facilities.make_facilities, behaviours.make_behaviours, customers.make_customers)
