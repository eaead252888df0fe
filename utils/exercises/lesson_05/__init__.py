"""The checks of lesson 05."""
