"""Statuses and the graph of transitions between them. Transition ids are never status ids."""

from dataclasses import dataclass, field

CATEGORIES = {
    "undefined": (1, "No Category", "medium-gray"),
    "new": (2, "To Do", "blue-gray"),
    "done": (3, "Done", "green"),
    "indeterminate": (4, "In Progress", "yellow"),
}


@dataclass(frozen=True, slots=True)
class Status:
    """`category` is one of the keys of CATEGORIES (undefined, new, indeterminate, done)."""

    id: str
    name: str
    category: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """`sources` are status ids; empty means from any status. `resolution` is set (or cleared) on arrival.

    `screen_id` is the screen that asks for fields; `groups`, when given, are the only ones who may take it (a
    condition). `demanded` are fields that must have a value then (a validator, which no metadata tells).
    """

    id: str
    name: str
    sources: frozenset[str]
    target: str
    screen_id: int | None = None
    resolution: str | None = None
    groups: frozenset[str] = frozenset()
    demanded: frozenset[str] = frozenset()

    def leaves(self, status_id: str) -> bool:
        return not self.sources or status_id in self.sources


@dataclass(slots=True)
class Workflow:
    name: str
    initial: str
    transitions: list[Transition] = field(default_factory=list)

    def statuses(self) -> list[str]:
        """Ids of all statuses in it, the first one first."""
        order = dict.fromkeys([self.initial])
        for transition in self.transitions:
            order.update(dict.fromkeys([*sorted(transition.sources), transition.target]))
        return list(order)

    def replace(self, changed: Transition) -> None:
        """Puts a transition in the place of the one with its id."""
        self.transitions = [changed if one.id == changed.id else one for one in self.transitions]

    def find(self, transition_id: str, status_id: str) -> Transition | None:
        """The transition of this id if it leaves `status_id`."""
        return next((t for t in self.transitions if t.id == transition_id and t.leaves(status_id)), None)


STATUSES = [
    Status("10000", "Open", "new"),
    Status("3", "In review", "indeterminate"),
    Status("10001", "Approved", "indeterminate"),
    Status("10002", "Paid", "done"),
    Status("10003", "Rejected", "done"),
    Status("10004", "Done", "done"),
]


def payables_workflow(resolve_screen: int) -> Workflow:
    """What invoices, orders and receipts go through."""
    return Workflow(
        "Accounts payable workflow",
        "10000",
        [
            Transition("11", "Start review", frozenset({"10000"}), "3"),
            Transition("21", "Approve", frozenset({"3"}), "10001"),
            Transition("31", "Pay", frozenset({"10001"}), "10002", resolution="10000"),
            Transition("41", "Reject", frozenset({"3"}), "10003", screen_id=resolve_screen),
            Transition("51", "Reopen", frozenset({"10001", "10003"}), "10000"),
        ],
    )


def task_workflow() -> Workflow:
    """The simple one: any status from anywhere."""
    return Workflow(
        "Simple workflow",
        "10000",
        [
            Transition("61", "To open", frozenset(), "10000"),
            Transition("71", "To review", frozenset(), "3"),
            Transition("81", "Finish", frozenset(), "10004", resolution="10000"),
        ],
    )
