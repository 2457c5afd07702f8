"""How selling goes: stages passed and time taken, what explains a gap, who can be told apart, where a plan will end."""
