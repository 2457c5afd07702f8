"""What is made off the finished tables: how applications and lines were served, control totals, the tests' truths."""

from microlib.bank.demo import services, totals, truths

STAGES = (services.make_services, totals.make_totals, truths.make_truths)
