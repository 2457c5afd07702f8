"""The bank's ground, in the order of its making: branches, products, rhythms, people."""

from microlib.bank.demo import offers, people, places, seasons

STAGES = (places.make_places, offers.make_offers, seasons.make_seasons, people.make_people)
