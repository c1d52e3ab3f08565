"""Agent adapters, one file each. Each does a task under a contract and knows nothing of the process around it.

An adapter returns expected failures and raises bugs; ``laneway.governance`` holds every result against the contract.
"""
