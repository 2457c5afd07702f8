"""Customers who leave: when they count as lost, why they left, and what retention and win-back bring beyond that."""
