"""The events that webhooks can be told of (contract jira-rest, section 1)."""

DYNAMIC_EVENTS = frozenset(
    {
        *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
        *("comment_created", "comment_updated", "comment_deleted", "issue_property_set", "issue_property_deleted"),
        *("sprint_created", "sprint_updated", "sprint_closed", "sprint_deleted", "sprint_started"),
        *("jira:version_released", "jira:version_unreleased", "jira:version_created", "jira:version_moved"),
        *("jira:version_updated", "jira:version_merged", "jira:version_deleted"),
    }
)
ADMIN_EVENTS = DYNAMIC_EVENTS | {
    *("worklog_created", "worklog_updated", "worklog_deleted", "attachment_created", "attachment_deleted"),
    *("issuelink_created", "issuelink_deleted"),
}
# What a descriptor may name besides; the mock never has occasion to tell of the last ones.
DESCRIPTOR_EVENTS = ADMIN_EVENTS | {
    *("jira:worklog_updated", "project_created", "project_updated", "project_deleted"),
    *("user_created", "user_updated", "user_deleted", "board_created", "board_updated", "board_deleted"),
    *("option_voting_changed", "option_watching_changed", "option_unassigned_issues_changed"),
    *("option_subtasks_changed", "option_attachments_changed", "option_issuelinks_changed"),
    *("option_timetracking_changed", "connect_addon_enabled", "connect_addon_disabled"),
}
