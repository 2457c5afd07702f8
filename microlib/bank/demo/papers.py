"""Business evidence, for the branches that deliver it: payables, rosters, flows, invoices."""

from microlib.bank.demo import dealings, flows, invoices, rosters

STAGES = (*dealings.STAGES, rosters.make_rosters, flows.make_flows, invoices.make_invoices)
