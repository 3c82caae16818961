"""The HTTP service: its app, its limits, its page. `app` loads FastAPI: import it only where it is used."""
