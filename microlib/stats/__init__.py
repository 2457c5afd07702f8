"""Statistics for any portfolio: intervals, shrinkage, concentration, vintage, seasonality, credit capital.

Arrays and plain frames in, numbers and frames out. Nothing here knows a bank's tables, a branch or a
product.
"""
