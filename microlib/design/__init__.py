"""What could be: limits, price, true cost, volume and term sheets, from written terms and measured frames.

`terms` reads what is written, `limits`, `prices`, `cost` and `volume` compute one product for one branch,
`stress`, `rules` and `pre_mortem` hold it against what may go wrong. Past and present are measured in
`microlib.metrics`, not here.
"""

from microlib.stats.plain import kept_gate

#: frames of any kind of column come in through it
GATE = kept_gate()
