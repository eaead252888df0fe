"""Changes every right answer by one step and holds that the check of its exercise refuses it."""
