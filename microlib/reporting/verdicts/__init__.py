"""Sentences that carry a result's answer: functions from frames to keys and numbers, worded by the catalogue."""
