"""Sage 300 and Jira: what a company owes, seen by those who ordered it.

Each AP document of a company (invoice, credit note, debit note, interest charge) becomes one Jira issue, whichever
batch it sits in. The document's key is company, vendor, kind and document number. The issue carries the attributes an
administrator has mapped (`attributes.py`), a summary that reads well on a board and, when it is created, a description
with the distribution lines (`look.py`). When Sage 300 changes a document, its mapped fields follow, and its summary
unless a person has rewritten it; nothing else of the issue is touched. A document that disappears from Sage 300 is
marked as such, its issue stays.

What changed is found by batch (`invoices.py`): headers are listed, and only batches that may have changed are read.
"""

KIND = "sage300_jira"
TITLE = "Sage 300 and Jira"
INVOICES = "invoices"
