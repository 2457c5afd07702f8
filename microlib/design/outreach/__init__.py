"""Selling a standard product in the field: needs, group prices, queues, run sheets, and whether a partner is fit."""
