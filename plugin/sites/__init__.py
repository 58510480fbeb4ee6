"""The doors: how a Jira site lets us in, who is calling, and how we call back. One folder per door."""
