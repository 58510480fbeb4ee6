"""What can be turned on a mock Sage 300 while it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from mock_servers.sage300.messages import LANGUAGES

RELEASES = ("2020", "2021", "2022.2")
_CHOICES: dict[str, tuple[str, ...]] = {
    "release": RELEASES,
    "strict_content_type": ("writes", "all", "off"),
    "language": LANGUAGES,
    "unknown_company_code": ("DBLinkError", "SessionError", "ResourceNotFound", "Unauthorized"),
    "error_shape": ("sage", "message", "empty"),
    "posting_conflicts": ("refuse", "serialise"),
    "held_vendor_payments": ("accepted", "refused"),
    "payment_echo": ("right", "without_allocations", "other_currency"),
}


@dataclass(slots=True)
class Knobs:
    """The behaviours that differ between servers, releases and days.

    `page_size` rows per page. `release` 2020 has no batch PATCH and reads receipts at POReceipts, 2021 adds the
    first, 2022.2 reads them at POGetReceipts. `strict` refuses query options and filter syntax that nobody
    documents. `strict_content_type` says which requests need a Content-Type. `windows_auth` lets IIS answer
    401 as HTML. `admin_allowed` admits ADMIN. `max_concurrent` 0 is no limit. `cold_start_seconds` delays the
    first call after 20 idle minutes.

    Posting: `post_too_soon` refuses to post within `posting_pause` seconds (3, of the mock's clock) of ReadyToPost.
    A run takes `posting_seconds` of real time, in which its batches are PostInProgress; `posting_conflicts` says
    what another run of the company meets meanwhile. `processing_conflicts` is how many of the next runs are refused
    whatever goes on. `posting_touches_date_last_edited` is undocumented either way. `gl_automatic` makes and
    posts the journal at once, as most companies have it; without it APCreateGLBatch and GLPostJournal do.
    `locked_batches` are in use by somebody else: "COMPANY/number" of an invoice batch, "COMPANY/PY/number" of a
    payment batch. `held_vendor_payments` says whether a payment to a vendor on hold posts. `payment_echo` spoils
    what becomes of a payment POST (contract sage300, section 8).

    `day_end_required` refuses purchasing documents until PODayEndProcessing runs. `purchasing_creates_batches`
    passes a P/O invoice to A/P at once; without it POCreateBatch does. `error_shape` is the body of ordered error
    statuses. `unknown_company_code` is what an unknown company gets.
    """

    page_size: int = 100
    release: str = "2022.2"
    strict: bool = True
    strict_content_type: str = "writes"
    windows_auth: bool = False
    admin_allowed: bool = False
    max_concurrent: int = 0
    cold_start_seconds: float = 0.0
    post_too_soon: bool = False
    posting_pause: float = 3.0
    posting_seconds: float = 0.0
    posting_conflicts: str = "refuse"
    processing_conflicts: int = 0
    posting_touches_date_last_edited: bool = False
    gl_automatic: bool = True
    locked_batches: list[str] = field(default_factory=list)
    held_vendor_payments: str = "accepted"
    payment_echo: str = "right"
    day_end_required: bool = False
    purchasing_creates_batches: bool = True
    language: str = "en-US"
    error_shape: str = "sage"
    unknown_company_code: str = "DBLinkError"

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is one of {', '.join(choices)}, not {getattr(self, name)!r}.")
        if self.page_size < 1:
            raise ValueError("page_size is at least 1.")

    def shown(self) -> dict[str, Any]:
        """Every knob with its value."""
        return asdict(self)

    def turned(self, changes: dict[str, Any]) -> Knobs:
        """These knobs with some changed. ValueError with a sentence for a name or value there is not."""
        present = {knob.name: getattr(self, knob.name) for knob in fields(self)}
        for name, value in changes.items():
            if name not in present:
                raise ValueError(f"There is no knob {name}. There are: {', '.join(present)}.")
            if not _fits(present[name], value):
                raise ValueError(f"{name} cannot be {value!r}; now it is {present[name]!r}.")
        return Knobs(**{**present, **changes})

    @property
    def patches_batches(self) -> bool:
        """Whether batches accept PATCH and ReadyToPost on POST (2021 and later)."""
        return self.release != "2020"

    @property
    def separate_receipt_reads(self) -> bool:
        """Whether receipts are read at POGetReceipts and POReceipts only takes POST (2022.2 and later)."""
        return self.release == "2022.2"


def _fits(present: Any, value: Any) -> bool:
    if isinstance(present, bool) or isinstance(value, bool):
        return isinstance(present, bool) and isinstance(value, bool)
    if isinstance(present, float):
        return isinstance(value, int | float)
    return isinstance(value, type(present))
