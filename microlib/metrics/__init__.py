"""What is: measures of a bank's book and customers, from frames to frames.

PAR, vintage, roll rates, HHI, LTV, DSCR, campaign lift and their like, each with formula, range and source.
No product, no notebook, no plot and no engine; methods that know no bank stand in `microlib.stats`.
"""
