"""*Test connection*: everything worth knowing before the first run, in sentences for an administrator."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeVar

from sage_adapters.errors import Trouble
from sage_adapters.sage300.client import Page, Sage300Client
from sage_adapters.sage300.release import NOT_OFFERED, Release, detect_release

T = TypeVar("T")
Severity = Literal["problem", "warning", "fact"]

SMALL_PAGE = 100
MANY_VENDORS = 1000


REQUIRED: Mapping[str, str] = MappingProxyType({"GL": "GLAccounts", "PO": "POPurchaseOrders"})
"""What is read in a module beside A/P that a run cannot do without."""

OPTIONAL: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "GL": (
            "GLPostedTransactions",
            "comments on posted invoices show their distribution, not the journal that the general ledger posted",
        ),
        "PO": ("POPurchaseOrders", "purchase orders and receipts are not read"),
        "BK": ("BKBanks", "no bank can be chosen to pay from, and nothing is paid"),
        "CS": (
            "CSFiscalCalendars",
            "nothing is approved or paid, because nobody knows whether the fiscal period is open",
        ),
    }
)
"""What is read in a module that a run can do without, and what is missing then."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about the connection and, unless it is a plain fact, what to do."""

    severity: Severity
    sentence: str
    remedy: str
    code: str


@dataclass(slots=True)
class Findings:
    """What the check found. Numbers are None where they could not be learnt.

    `page_size` is known only when a feed is longer than one page; `companies` is empty where the server does not
    list them.
    """

    findings: list[Finding] = field(default_factory=list)
    companies: list[str] = field(default_factory=list)
    release: Release | None = None
    page_size: int | None = None
    vendors: int | None = None
    batches: int | None = None

    @property
    def ok(self) -> bool:
        """Nothing stands in the way of a run; there may be warnings."""
        return not any(finding.severity == "problem" for finding in self.findings)

    def add(self, severity: Severity, sentence: str, remedy: str, code: str) -> None:
        self.findings.append(Finding(severity, sentence, remedy, code))

    def attempt(self, step: Callable[[], T], without: str = "") -> T | None:
        """The step's result; a trouble becomes a finding, told once even if several steps meet it.

        A problem, or a warning where a run can do `without`, which says what is then missing.
        """
        try:
            return step()
        except Trouble as trouble:
            remedy = f"{trouble.remedy} Until then {without}." if without else trouble.remedy
            if not any(each.code == trouble.code and each.remedy == remedy for each in self.findings):
                severity: Severity = "warning" if without else "problem"
                self.add(severity, f"{trouble.tried} {trouble.got}", remedy, trouble.code)
            return None


def check_connection(
    client: Sage300Client, modules: Collection[str] = ("AP", "GL", "PO"), optional: Collection[str] = ()
) -> Findings:
    """Reads a little of what the product reads in these modules and never raises a Trouble.

    What cannot be read in `optional` modules (GL, PO, BK, CS) is a warning that says what will be missing. Stops at the
    first problem that every further request would meet too (address, credentials, company).
    """
    findings = Findings()
    findings.add("fact", client.root.understood, "", "sage300.root")
    _warn(client, findings)
    if not _company_is_there(client, findings):
        return findings
    if "AP" in modules:
        _payables(client, findings)
    going_on = findings.ok or _only_about_rights(findings)
    if going_on:
        for module, resource in REQUIRED.items():
            if module in modules:
                _module(client, findings, module, resource)
        for module, (resource, without) in OPTIONAL.items():
            if module in optional and module not in modules:
                _module(client, findings, module, resource, without)
    _tell_facts(client, findings)
    return findings


def _warn(client: Sage300Client, findings: Findings) -> None:
    if client.root.url.startswith("http://"):
        findings.add(
            "warning",
            "The address begins with http://: user and password travel readable through the network.",
            "Bind a certificate to the site in IIS and give the https:// address.",
            "sage300.plain-http",
        )
    if client.user == "ADMIN":
        findings.add(
            "warning",
            "The user is ADMIN, which can do everything and which the Web API refuses as installed.",
            "Make a Sage 300 user with only the rights that this connection needs.",
            "sage300.admin-user-given",
        )


def _company_is_there(client: Sage300Client, findings: Findings) -> bool:
    """Whether going on makes sense. A server that does not list its companies is no problem."""
    try:
        findings.companies = client.companies()
    except Trouble as trouble:
        if trouble.code in NOT_OFFERED or trouble.code == "sage300.rights":
            return True
        findings.add("problem", f"{trouble.tried} {trouble.got}", trouble.remedy, trouble.code)
        return False
    if not findings.companies or client.company in map(str.upper, findings.companies):
        return True
    findings.add(
        "problem",
        f"The server has no company {client.company}. It offers {', '.join(findings.companies)}.",
        "Give the database id of one of these companies.",
        "sage300.unknown-company",
    )
    return False


def _payables(client: Sage300Client, findings: Findings) -> None:
    vendors = findings.attempt(lambda: _counted(client, "APVendors", "VendorNumber"))
    batches = findings.attempt(lambda: _counted(client, "APInvoiceBatches", "BatchNumber"))
    for page in (vendors, batches):
        if page and page.more:
            findings.page_size = max(findings.page_size or 0, len(page.entries))
    findings.vendors = vendors.count if vendors else None
    findings.batches = batches.count if batches else None


def _module(client: Sage300Client, findings: Findings, module: str, resource: str, without: str = "") -> None:
    findings.attempt(lambda: next(client.pages(module, resource, top=1)), without)
    if module == "PO":
        findings.release = findings.attempt(lambda: detect_release(client), without)


def _counted(client: Sage300Client, resource: str, key: str) -> Page:
    """The first page, of keys only, with the size of the whole: cheap however many there are."""
    return next(client.pages("AP", resource, select=[key], count=True))


def _only_about_rights(findings: Findings) -> bool:
    return all(each.code == "sage300.rights" for each in findings.findings if each.severity == "problem")


def _tell_facts(client: Sage300Client, findings: Findings) -> None:
    if findings.vendors is not None and findings.batches is not None:
        findings.add(
            "fact",
            f"Company {client.company} has {findings.vendors} vendors and {findings.batches} AP invoice batches.",
            "",
            "sage300.size",
        )
    if findings.release:
        findings.add("fact", f"Release: {findings.release.said}", "", "sage300.release-found")
    if findings.page_size is None:
        return
    small = findings.page_size <= SMALL_PAGE and (findings.vendors or 0) > MANY_VENDORS
    findings.add(
        "fact",
        f"The server sends {findings.page_size} entries at a time.",
        "Sage advises PageSize 1000 in the Web API's Web.config for large reads." if small else "",
        "sage300.page-size",
    )
