"""The terminal: parses words, prints answers. Heavy rooms are imported by the command that needs them.

Exit codes: 0 done; 1 something was found to be wrong (a diagram, a case, the audit trail); 2 the command line is wrong;
3 refused, with the reason; 4 the server or the database cannot be reached.
"""


def main() -> None:
    """Entry point `laneway`."""
    from laneway.cli.app import app

    app()


if __name__ == "__main__":
    main()
