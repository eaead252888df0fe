"""Start real programs, end them with their kernel, and ask them; find, download, install them."""

from utils.servers import local_http
from utils.servers.process import HOST, Server, evidently_ui, run, start

__all__ = ["HOST", "Server", "evidently_ui", "local_http", "run", "start"]
