"""The checks of lesson 02."""
