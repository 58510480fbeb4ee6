"""Sage 300 through its Web API: typed reads of vendors, invoices, accounts, orders and receipts."""
