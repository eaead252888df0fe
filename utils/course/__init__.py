"""Make and keep the course: build the notebooks, set up, examine, test."""
