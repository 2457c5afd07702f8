"""Business evidence, for the branches that deliver it: payables, rosters, flows, invoices."""

from microlib.bank.demo import chains, flows, invoices, rosters

STAGES = (chains.make_chains, rosters.make_rosters, flows.make_flows, invoices.make_invoices)
