"""Purchase orders, receipts and what else purchasing shows."""

from mock_servers.sage300.schema import schema

ORDER_LINE = schema(
    "PurchaseOrderLine",
    "LineNumber",
    """
    PurchaseOrderSequenceKey:integer! LineNumber:integer PurchaseOrderLineSequence:integer! DetailNumber:integer!
    ItemNumber:text(24) ItemDescription:text Location:text(6) UnitOfMeasure:text(10) ExpectedArrivalDate:date
    QuantityOrdered:number QuantityReceived:number! QuantityCanceled:number! QuantityOutstanding:number!
    UnitCost:number ExtendedCost:number! GLAccount:text(45) CompletionStatus:enum(Incomplete|Complete)!
    Comments:text(250) TaxAmount1..5:number!
    """,
)

ORDER = schema(
    "POPurchaseOrders",
    "PurchaseOrderSequenceKey",
    """
    PurchaseOrderSequenceKey:integer! PurchaseOrderNumber:text(22) PurchaseOrderDate:date
    PurchaseOrderType:enum(Active|Standing|Future|Blanket) Vendor:text(12) VendorName:text! Currency:text(3)!
    Description:text Reference:text Comment:text(250) OnHold:bool CompletionStatus:enum(Incomplete|Complete)!
    DateCompleted:date! LastPostingDate:date! ExpectedArrivalDate:date TermsCode:text(6) TaxGroup:text(12)
    FOBPoint:text ShipVia:text(6) ShipToLocation:text(6) BillToLocation:text(6) NumberOfLines:integer!
    OrderSubtotal:number! TaxTotal:number! OrderTotal:number! EnteredBy:text(8)!
    """,
).nest("PurchaseOrderLines", ORDER_LINE)

RECEIPT_LINE = schema(
    "ReceiptLine2",
    "LineNumber",
    """
    ReceiptSequenceKey:integer! LineNumber:integer ReceiptLineSequence:integer! ItemNumber:text(24)
    ItemDescription:text Location:text(6) UnitOfMeasure:text(10) QuantityReceived:number UnitCost:number
    ExtendedCost:number! GLAccount:text(45) PurchaseOrderSequenceKey:integer! PurchaseOrderLineSequence:integer!
    Comments:text(250)
    """,
)

_RECEIPT = """
    ReceiptSequenceKey:integer! ReceiptNumber:text(22) ReceiptDate:date PostingDate:date Vendor:text(12)
    VendorName:text! Currency:text(3)! PurchaseOrderNumber:text(22) PurchaseOrderSequenceKey:integer!
    Description:text Reference:text Comment:text(250) NumberOfLines:integer! ReceiptSubtotal:number!
    ReceiptTotal:number! EnteredBy:text(8)!
"""
RECEIPT = schema("POReceipts", "ReceiptSequenceKey", _RECEIPT).nest("ReceiptLine2s", RECEIPT_LINE)
READ_RECEIPT = schema("POGetReceipts", "ReceiptSequenceKey", _RECEIPT).nest("ReceiptLine2s", RECEIPT_LINE)

_RETURN_LINE = schema(
    "ReturnLine",
    "LineNumber",
    """
    ReturnSequenceKey:integer! LineNumber:integer ItemNumber:text(24) Location:text(6) UnitOfMeasure:text(10)
    QuantityReturned:number UnitCost:number
    """,
)
RETURN = schema(
    "POReturns",
    "ReturnSequenceKey",
    """
    ReturnSequenceKey:integer! ReturnNumber:text(22) ReturnDate:date TemplateCode:text(6) Vendor:text(12)
    Description:text Reference:text Comment:text(250) ShipVia:text(6)
    """,
).nest("ReturnLines", _RETURN_LINE)

_REQUISITION_LINE = schema(
    "RequisitionLine",
    "LineNumber",
    """
    RequisitionSequenceKey:integer! LineNumber:integer ItemNumber:text(24) Location:text(6)
    UnitOfMeasure:text(10) QuantityOrdered:number
    """,
)
REQUISITION = schema(
    "PORequisitions",
    "RequisitionSequenceKey",
    """
    RequisitionSequenceKey:integer! RequisitionNumber:text(22) RequisitionDate:date Vendor:text(12)
    Description:text Reference:text Location:text(6)
    """,
).nest("RequisitionLines", _REQUISITION_LINE)

INVOICE_LINE = schema(
    "InvoiceLine",
    "LineNumber",
    """
    LineNumber:integer ItemNumber:text(24) ItemDescription:text QuantityInvoiced:number UnitCost:number
    ExtendedCost:number GLAccount:text(45)
    """,
)
INVOICE = schema(
    "POInvoices",
    "InvoiceSequenceKey",
    """
    InvoiceSequenceKey:integer! InvoiceNumber:text(22) InvoiceDate:date Vendor:text(12) VendorName:text
    Currency:text(3) PurchaseOrderNumber:text(22) ReceiptNumber:text(22) Description:text InvoiceTotal:number
    """,
).nest("InvoiceLines", INVOICE_LINE)

CREDIT_DEBIT_NOTE = schema(
    "POCreditDebitNotes",
    "CreditDebitNoteSequenceKey",
    """
    CreditDebitNoteSequenceKey:integer! CreditDebitNoteNumber:text(22) DocumentDate:date Vendor:text(12)
    Description:text DocumentTotal:number
    """,
)

VENDOR_CONTRACT_COST = schema(
    "POVendorContractCosts",
    "VendorNumber ItemNumber",
    "VendorNumber:text(12) ItemNumber:text(24) CostType:enum(BaseCost) Currency:text(3) BaseCost:number",
)
