"""What people went to see and to ask: visits, pledges that were sold, loans that went bad, rules that were waived."""

from microlib.bank.demo import breaches, disposals, reviews, visits

STAGES = (visits.make_site_checks, disposals.make_disposals, reviews.make_reviews, breaches.make_breaches)
