"""Everything at once: the service under traffic, the drift job, Prometheus, alerts, incidents."""

from utils.desk.live import Desk, start

__all__ = ["Desk", "start"]
