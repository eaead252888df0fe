"""FlightDelay in service: the app, its metrics and records, traffic for it, and odd releases."""

from utils.service.app import Flight, Models, Served, command, create_app

__all__ = ["Flight", "Models", "Served", "command", "create_app"]
