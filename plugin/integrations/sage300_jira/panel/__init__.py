"""What Sage 300 adds to the panel on its issues: the chain from order to payment, and approving and paying."""

from plugin.integrations.panels import Panel
from plugin.integrations.sage300_jira.panel.buttons import ActionButtons
from plugin.integrations.sage300_jira.panel.chain import chain

INVOICE_PANEL = Panel("invoice", chain, ActionButtons())
ORDER_PANEL = Panel("purchase-order", chain)
RECEIPT_PANEL = Panel("receipt", chain)
