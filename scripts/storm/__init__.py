"""Does to a running Counterfoil what a bad night does, and counts what of it shows in Jira afterwards.

`plan.py` decides what happens (by a seed, so that it can happen again), `lanes.py` lets it happen, `settling.py` waits
until all is quiet, and `verdict.py` holds both sides against each other. `every_point.py` is the systematic
counterpart: one worker, killed once at each of its calls and commits.
"""
