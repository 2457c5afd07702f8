"""What cores owe and the trade behind it: payables, contracts, loans against payables, where the money arrives."""

from microlib.bank.demo import chains, financings, trades

STAGES = (chains.make_chains, trades.make_trades, financings.make_financings, financings.make_receipts)
