"""Start real programs and end them with their kernel; find, download and install them."""

from utils.servers.process import HOST, Server, evidently_ui, run, start

__all__ = ["HOST", "Server", "evidently_ui", "run", "start"]
