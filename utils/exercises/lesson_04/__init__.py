"""The checks of lesson 04."""
