"""From Jira to Sage 300: approve and pay.

Somebody moves an issue into the status that an administrator has chosen for it, or presses a button in the panel. That
is a *wish* (`wishes.py`), entered into the ledger of this stream under a key that a document has once for each action.
The engine delivers it like any other document: intent first, outcome afterwards, and asking where an answer was lost.

What Sage 300 is told is decided by how it stands there at that moment (`approving.py`, `paying.py`), after every guard
(`guards.py`) has been asked: who may, up to which amount, with how many eyes, and whether anything has changed since
the document was approved (`facts.py`). A pause that Sage 300 needs is a `Delayed` outcome: the entry goes on in a later
pass, and no worker sleeps meanwhile; many payments pause together instead of one after the other.

No document is approved or paid twice, whatever dies or gets lost: see `paying.py` for why.
"""
