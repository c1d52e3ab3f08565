"""Agent jobs: ``taking`` under a lease, ``asking`` with no transaction open, ``settling`` in a second transaction, ``worker`` the loop."""
