"""The demo bank: made from a seed, synthetic throughout, with planted truths that only tests read.

`build.make_demo` is the way in. The other modules each make some tables of one `world.World`, in the order
that `build` gives. Nothing here is read by a measure or a report.
"""
