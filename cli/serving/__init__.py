"""The HTTP service: its app, its limits, its page. Import it only where it is used: it loads FastAPI."""
