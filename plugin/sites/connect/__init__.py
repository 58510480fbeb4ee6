"""The Connect door: a site installs us by descriptor and signs every request (contract jira-connect)."""
