"""One file per verb: open one transaction, load, advance, store all of it, commit, dispatch."""
