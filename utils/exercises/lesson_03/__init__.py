"""The checks of lesson 03."""
