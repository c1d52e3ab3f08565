"""What agents may call while they work: ``base`` says what a tool is, each other file one kind. None of them decides whether it may run."""
