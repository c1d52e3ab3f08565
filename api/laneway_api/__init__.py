"""The HTTP face of Laneway: FastAPI routes over the engine."""
