"""The command line: one file per noun; each command parses, makes one call on the desk, and prints."""


def main() -> None:
    """Run the program and leave with its exit code."""
    from govern.cli.program import run  # noqa: PLC0415  `import govern.cli` stays cheap

    run()
