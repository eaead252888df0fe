"""Lesson 04: Evidently's reports."""
