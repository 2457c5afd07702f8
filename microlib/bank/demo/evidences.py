"""All that comes after the ledger, in order."""

from microlib.bank.demo import closings, marketings, papers, ties

STAGES = (*ties.STAGES, *papers.STAGES, *marketings.STAGES, *closings.STAGES)
