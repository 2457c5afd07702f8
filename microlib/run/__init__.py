"""From one notebook and one branch to one report; many of them, with a manifest and an index.

Planning, worker processes, kernels, export, the scan for personal data, comparison of runs, monthly
schedules.
"""
