"""FlightDelay in service: the app, its metrics and records, traffic for it, and odd releases."""

from utils.service.app import create_app
from utils.service.models import Models, Served
from utils.service.process import command
from utils.service.requests import Flight

__all__ = ["Flight", "Models", "Served", "command", "create_app"]
