"""The course's helpers, one subject a module: `from utils.flights import load_flights`."""
