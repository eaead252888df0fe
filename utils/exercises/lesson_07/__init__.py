"""The checks of lesson 07."""
