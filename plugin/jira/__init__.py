"""What we do in Jira: issues, fields, screens, projects and rich text, over one client."""
