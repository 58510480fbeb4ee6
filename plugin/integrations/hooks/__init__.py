"""Jira's webhooks: kept registered, taken in, and what follows from what they tell.

A delivery is only a hint that something has changed. It is kept (`inbox.py`), and a job asks Jira how things stand
(`draining.py`, `reactions.py`). What never arrived is made up for: deliveries that failed are fetched (`missed.py`),
status changes are looked for (`sweeping.py`). Registrations live thirty days and are renewed long before (`keeper.py`).
Each of these is a duty of a site (`duties.py`), done by one worker at a time whenever it is due.
"""
