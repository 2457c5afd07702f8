"""Conduct, for the branches that deliver it: timelines, where money went, visits, pledges sold, reviews, outside."""

from microlib.bank.demo import inquiries, outlays, outlooks, timelines

STAGES = (timelines.make_timelines, outlays.make_payments, *inquiries.STAGES, outlooks.make_series)
