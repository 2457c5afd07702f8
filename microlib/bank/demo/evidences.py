"""All that comes after the ledger, in order."""

from microlib.bank.demo import closings, papers, ties

STAGES = (*ties.STAGES, *papers.STAGES, *closings.STAGES)
