"""Staleness notices: what an administrator should know of without having to look.

Once a minute `watch` compares what is wrong now (`conditions.py`) with the notices that are open, raises what is new,
says again what presses more than before, and clears what is over. Whatever it says is written to `outbox.py` in the
same transaction, one message for each recipient; a worker sends them (`sending.py`) as a webhook or an e-mail.
"""
