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
    "A $top above the page size is cut to a page, with a next link for the rest.",
    "Names of purchase order, receipt and posted document properties beyond Sage's samples follow those of A/R.",
    "The list of companies has Id and Name.",
)
