"""Which parts of the mock no published source confirms."""

ASSUMPTIONS = (
    "TooManyRequests is 429 without Retry-After; Sage documents neither threshold nor status.",
    "An unknown company is 500 DBLinkError (knob unknown_company_code).",
    "A POST is answered 201; PATCH, PUT, DELETE and processes 204 without a body.",
    "A batch with one bad entry is refused as a whole; a property that is not known is InvalidPayload.",
    "A text that is too long for its property is FieldInvalid.",
    "Posting leaves DateLastEdited as it was (knob posting_touches_date_last_edited).",
    "A deleted batch stays as a row with BatchStatus Deleted and without entries.",
    "BatchTotal counts credit notes as negative; a document's own amounts are positive.",
    "Only batches that are ReadyToPost are posted; entries that fail go to a new open batch.",
    "Batches are PostInProgress while a run takes its time; another run of the company is a General conflict.",
    "What is posted reaches the general ledger at once (knob gl_automatic); a payables line names the vendor.",
    "A reversed payment changes its posted payment and its documents, never its batch.",
    "LastActivityDate is the posting date of the last activity, also when that is before an earlier one.",
    "A posting date in a closed year or a locked period is FieldInvalid; the calendar shows both (names assumed).",
    "A payment to a vendor on hold is posted (knob held_vendor_payments).",
    "A P/O invoice becomes an open A/P batch of source PO; canceled quantities complete an order.",
    "A $top above the page size is cut to a page, with a next link for the rest.",
    "Names of purchase order, receipt and posted document properties beyond Sage's samples follow those of A/R.",
    "The list of companies has Id and Name.",
)
