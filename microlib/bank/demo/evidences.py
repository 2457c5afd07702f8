"""All that comes after the ledger, in order; what is read off the finished tables stands last."""

from microlib.bank.demo import conducts, marketings, papers, ties

STAGES = (*ties.STAGES, *papers.STAGES, *conducts.STAGES, *marketings.STAGES)
