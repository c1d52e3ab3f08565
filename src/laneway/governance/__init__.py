"""What an agent may do is decided here, and enforced around every call: contracts, the gate, what follows a violation.

Pure and synchronous: no network, no clock, no event loop.
"""
