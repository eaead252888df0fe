"""The checks of lesson 01."""
