"""What is read off the finished tables: control totals, and the truths that tests look for."""

from microlib.bank.demo import totals, truths

STAGES = (totals.make_totals, truths.make_truths)
