"""Marketing and management, for the branches that deliver them, after all lives are lived and written down."""

from microlib.bank.demo.marketing import pushes, works

STAGES = (*pushes.STAGES, *works.STAGES)
