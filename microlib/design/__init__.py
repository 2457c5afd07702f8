"""What could be: limits, price, true cost, volume and term sheets, from written terms and measured frames.

`terms` reads what is written, `limits`, `prices`, `cost` and `volume` compute one product for one branch,
`stress`, `rules` and `pre_mortem` hold it against what may go wrong. Past and present are measured in
`microlib.metrics`, not here.
"""
