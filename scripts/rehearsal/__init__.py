"""A whole Counterfoil on one machine, with mock vendors around it: for looking at it, and for checking it."""
