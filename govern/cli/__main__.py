"""``python -m govern.cli``: the same program."""

from govern.cli import main

main()
