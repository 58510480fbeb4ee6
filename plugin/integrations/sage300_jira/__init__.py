"""Sage 300 and Jira: what a company orders, receives and owes, seen by those who ordered it.

Each AP document of a company (invoice, credit note, debit note, interest charge) becomes one Jira issue, whichever
batch it sits in, and so does each purchase order and each receipt. A document's key is company, vendor, kind and
document number. The issue carries the attributes an administrator has mapped (`attributes.py`,
`purchase_attributes.py`), a summary that reads well on a board and, when it is created, a description with the lines
(`look.py`, `purchase_look.py`). When Sage 300 changes a document, its mapped fields follow, and its summary unless a
person has rewritten it; nothing else of the issue is touched. A document that disappears from Sage 300 is marked as
such, its issue stays.

Receipts and invoices are linked to the issue of the order whose number they name, and wait for it (`order_issues.py`).
Vendors, posted documents and payments are kept in our own store: what they say is told on the issues that they concern
(`companions.py`), which are compared again when it changes (`dependents.py`).

In the other direction people approve and pay in Sage 300 by moving an issue, or from its panel (`actions`). What came
of it is told on the issue (`outcomes.py`), and so is what a posted invoice means for the general ledger
(`postings.py`).

AP documents and payments are found by batch (`batches.py`): headers are listed, and only batches that may have changed
are read. All else comes one by one (`feeds.py`).
"""

from plugin.integrations.into_comments import IntoComments
from plugin.integrations.into_jira import IntoJira
from plugin.integrations.issue_wording import Look
from plugin.integrations.kept_here import KeptHere
from plugin.integrations.products import Product, StreamDescription, acts_alone, reads_alone, tells_alone
from plugin.integrations.sage300 import SAGE_300
from plugin.integrations.sage300_jira import (
    attributes,
    batch_link,
    companions,
    dependents,
    invoices,
    look,
    orders,
    outcomes,
    panel,
    payments,
    posted,
    postings,
    purchase_attributes,
    purchase_look,
    receipts,
    settlement,
    subjects,
    vendors,
)
from plugin.integrations.sage300_jira.actions.attributes import ACTION_ATTRIBUTES, CARRIED_OUT
from plugin.integrations.sage300_jira.actions.source import open_source as wish_source
from plugin.integrations.sage300_jira.actions.target import IntoSage300
from plugin.integrations.sage300_jira.actions.transitions import TransitionWishes
from plugin.integrations.sage300_jira.outcomes_comment import OutcomeComments
from plugin.integrations.sage300_jira.postings_comment import PostingComments

KEPT = {"created": "Read from {source}", "updated": "Kept as it is now"}
SAID = {"created": "Told in a comment on {key}", "updated": "What changed was told in a comment on {key}"}
INVOICES = StreamDescription(
    name="invoices",
    document="invoice",
    documents="invoices",
    cost=(
        "A look that finds nothing new is one request to Sage 300, and one more for each open batch edited yesterday "
        "or today."
    ),
    since="A day means all batches that were entered in Sage 300 or last edited there on that day or later.",
    open_source=invoices.open_source,
    sample=invoices.sample,
    link=batch_link.batch_link,
    lists=attributes.LISTS,
    target=IntoJira(
        Look(look.summary, look.description, settlement.state, settlement.closed),
        attributes.ATTRIBUTES,
        attributes.MAPPED_BY_DEFAULT,
        subjects.INVOICE_SUBJECTS,
        settlement.STATES,
        linked_to="orders",
    ),
    companions=companions.InvoiceCompanions,
    follows=dependents.INVOICES_FOLLOW,
    panel=panel.INVOICE_PANEL,
)
ORDERS = StreamDescription(
    name="orders",
    document="purchase order",
    documents="purchase orders",
    cost="A look is one request to Sage 300, and one more for every twenty orders that are not complete.",
    since="A day means all orders dated on that day or later, and those entered from now on with an earlier date.",
    open_source=orders.open_source,
    sample=orders.sample,
    lists=purchase_attributes.LISTS,
    target=IntoJira(
        Look(
            purchase_look.order_summary,
            purchase_look.order_description,
            purchase_attributes.order_state,
            purchase_attributes.order_closed,
        ),
        purchase_attributes.ORDER_ATTRIBUTES,
        purchase_attributes.ORDERS_MAPPED_BY_DEFAULT,
        subjects.ORDER_SUBJECTS,
        purchase_attributes.ORDER_STATES,
    ),
    companions=companions.OrderCompanions,
    follows=dependents.ORDERS_FOLLOW,
    panel=panel.ORDER_PANEL,
)
RECEIPTS = StreamDescription(
    name="receipts",
    document="receipt",
    documents="receipts",
    cost="A look that finds nothing new is one request to Sage 300.",
    since="A day means all receipts dated on that day or later, and those entered from now on with an earlier date.",
    open_source=receipts.open_source,
    sample=receipts.sample,
    lists=purchase_attributes.LISTS,
    target=IntoJira(
        Look(
            purchase_look.receipt_summary,
            purchase_look.receipt_description,
            purchase_attributes.receipt_state,
            purchase_attributes.receipt_closed,
        ),
        purchase_attributes.RECEIPT_ATTRIBUTES,
        purchase_attributes.RECEIPTS_MAPPED_BY_DEFAULT,
        subjects.RECEIPT_SUBJECTS,
        purchase_attributes.RECEIPT_STATES,
        linked_to="orders",
    ),
    companions=companions.ReceiptCompanions,
    follows=dependents.RECEIPTS_FOLLOW,
    panel=panel.RECEIPT_PANEL,
)
VENDORS = StreamDescription(
    name="vendors",
    document="vendor",
    documents="vendors",
    cost="A look is one request to Sage 300, which lists the vendors that were maintained yesterday or today.",
    open_source=vendors.open_source,
    target=KeptHere(),
    whereto="kept here",
    sentences=KEPT,
    needs=reads_alone,
    starts_by_itself=True,
)
POSTED = StreamDescription(
    name="posted",
    document="posted document",
    documents="posted documents",
    cost="A look is one request to Sage 300, which lists the documents with postings of the last days.",
    open_source=posted.open_source,
    target=KeptHere(),
    whereto="kept here",
    sentences=KEPT,
    needs=reads_alone,
    starts_by_itself=True,
)
PAYMENTS = StreamDescription(
    name="payments",
    document="payment",
    documents="payments",
    cost="A look that finds nothing new is one request to Sage 300.",
    open_source=payments.open_source,
    target=KeptHere(),
    whereto="kept here",
    sentences=KEPT,
    needs=reads_alone,
    starts_by_itself=True,
)
ACTIONS = StreamDescription(
    name="actions",
    document="action",
    documents="actions",
    cost=(
        "A look asks nobody. An approval is five requests to Sage 300, nine with posting. A payment is eight, "
        "and twenty with posting."
    ),
    open_source=wish_source,
    target=IntoSage300(),
    told=ACTION_ATTRIBUTES,
    sentences=CARRIED_OUT,
    whereto="to Sage 300",
    needs=acts_alone,
    wishes=TransitionWishes(),
)
POSTINGS = StreamDescription(
    name="postings",
    document="posting",
    documents="postings",
    cost=(
        "A look that finds nothing new asks nobody; a newly posted invoice is one request to Sage 300's general ledger."
    ),
    open_source=postings.open_source,
    target=IntoComments(PostingComments()),
    sentences=SAID,
    whereto="as comments",
    reads_from=("invoices",),
    starts_by_itself=True,
)
OUTCOMES = StreamDescription(
    name="outcomes",
    document="outcome",
    documents="outcomes",
    cost="A look asks nobody.",
    open_source=outcomes.open_source,
    target=IntoComments(OutcomeComments()),
    sentences=SAID,
    whereto="as comments",
    needs=tells_alone,
    reads_from=("actions",),
    starts_by_itself=True,
)

PRODUCT = Product(
    kind="sage300_jira",
    label="Sage 300 and Jira",
    system=SAGE_300,
    streams=(INVOICES, ORDERS, RECEIPTS, VENDORS, POSTED, PAYMENTS, ACTIONS, POSTINGS, OUTCOMES),
)
