"""Sage 300 and Jira: what a company owes, seen by those who ordered it.

Each AP document of a company (invoice, credit note, debit note, interest charge) becomes one Jira issue, whichever
batch it sits in. The document's key is company, vendor, kind and document number. The issue carries the attributes an
administrator has mapped (`attributes.py`), a summary that reads well on a board and, when it is created, a description
with the distribution lines (`look.py`). When Sage 300 changes a document, its mapped fields follow, and its summary
unless a person has rewritten it; nothing else of the issue is touched. A document that disappears from Sage 300 is
marked as such, its issue stays.

What changed is found by batch (`invoices.py`): headers are listed, and only batches that may have changed are read.
"""

from plugin.integrations.into_jira import IntoJira
from plugin.integrations.issues import Look
from plugin.integrations.products import Product, StreamDescription
from plugin.integrations.sage300 import SAGE_300
from plugin.integrations.sage300_jira.attributes import ATTRIBUTES, LISTS, MAPPED_BY_DEFAULT
from plugin.integrations.sage300_jira.batch_link import batch_link
from plugin.integrations.sage300_jira.invoices import open_source, sample
from plugin.integrations.sage300_jira.look import description, summary

PRODUCT = Product(
    kind="sage300_jira",
    label="Sage 300 and Jira",
    system=SAGE_300,
    streams=(
        StreamDescription(
            name="invoices",
            document="invoice",
            documents="invoices",
            cost=(
                "A look that finds nothing new is one request to Sage 300, and one more for each open batch edited "
                "yesterday or today."
            ),
            since="A day means all batches that were entered in Sage 300 or last edited there on that day or later.",
            open_source=open_source,
            sample=sample,
            link=batch_link,
            lists=LISTS,
            target=IntoJira(Look(summary, description), ATTRIBUTES, MAPPED_BY_DEFAULT),
        ),
    ),
)
