"""Risk structure, for the branches that deliver it: links, guarantees, collateral, applications."""

from microlib.bank.demo import applications, collateral, guarantees, links

STAGES = (links.make_links, guarantees.make_guarantees, collateral.make_collateral, applications.make_applications)
