"""What `scripts/demo` tells a visitor at its end."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.rehearsal.papers import Papers


def what_to_try(bought: Papers, addresses: Mapping[str, str]) -> str:
    """`bought` is a purchase whose invoice waits to be approved."""
    jira, sage300 = addresses["jira"], addresses["sage300"]
    return f"""\
An invoice, from order to payment
  Open it                {jira}/browse/{bought.invoice_issue.key}
                         It is for order {bought.order_issue.key}, received as {bought.receipt_issue.key}: \
the panel shows the chain.
  Approve it             Take Start review, then Approve. Sage 300 posts its batch within half a minute;
                         a comment says so, and another one tells the accounts.
  Pay it                 At the top right become Finn Finance: who approves may not pay. Take Pay.
                         Sage 300 makes one payment and posts it; a minute later the issue shows it.
  Watch Sage 300         {sage300}/__mock__/ shows batches, payments and every request.

Everything else
  Jira boards            {jira}/jira/core/projects/AP/board
                         {jira}/jira/core/projects/FIN/board
  Counterfoil's settings {jira}/plugins/servlet/ac/com.counterfoil.payables/admin"""
