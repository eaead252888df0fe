"""The checks of lesson 00."""
