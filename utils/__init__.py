"""The course's helpers, one subject a module. Import what you need: `from utils.flights import ...`."""
