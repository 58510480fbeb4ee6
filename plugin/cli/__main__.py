"""`python -m plugin.cli` is the `counterfoil` command."""

from plugin.cli import main

main()
