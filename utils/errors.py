"""The one kind of error that the course's own code raises on purpose."""


class CourseError(Exception):
    """Something the reader can put right; the message is a sentence that says how.

    Notebooks show the sentence alone: a stack trace through the course's own code would only
    hide it.
    """

    def _render_traceback_(self) -> list[str]:
        # IPython calls this instead of printing the traceback.
        return [f"{type(self).__name__}: {self}"]
