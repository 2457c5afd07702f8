"""All that comes before the evidence, in order: ground, lives, records."""

from microlib.bank.demo import grounds, lives, records

STAGES = (*grounds.STAGES, *lives.STAGES, *records.STAGES)
