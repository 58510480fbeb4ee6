"""Which parts of the Connect side no source confirms (contract jira-connect, marked as assumed there)."""

ASSUMED = (
    "Jira waits ten seconds for an app's answer to a lifecycle call.",
    "A context token lives 15 minutes, an install token three.",
    "Iframes are sandboxed with scripts, same origin, forms, popups, modals and downloads allowed.",
    "An upgrade and a rename keep the app's secret; a rotation and a new install bring another.",
    "Descriptors and base URLs on this machine may be plain http and use any port.",
)
