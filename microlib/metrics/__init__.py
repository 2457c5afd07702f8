"""What is: measures of a bank's book and customers, from frames to frames.

PAR, vintage, roll rates, HHI, LTV, DSCR, campaign lift and their like, each with formula, range and source.
No product, no notebook, no plot and no engine; methods that know no bank stand in `microlib.stats`.
"""

from microlib.stats.plain import kept_gate

#: frames of any kind of column come in through it
GATE = kept_gate()
