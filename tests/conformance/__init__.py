"""Third-party conformance material, run against Laneway where it is at hand (CONFORMANCE_DIR)."""
