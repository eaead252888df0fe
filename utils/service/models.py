"""The models in service: the champion answers, a challenger is tried beside it."""

from dataclasses import dataclass
from pathlib import Path

from utils import model as flight_delay
from utils.errors import CourseError
from utils.flights import REFERENCE, load_flights


@dataclass(frozen=True)
class Served:
    """A model and its version."""

    model: object
    version: str


@dataclass(frozen=True)
class Models:
    """The model that answers, and the one that is being tried beside it.

    A request reads this pair once, so a swap between two requests never mixes them.
    """

    champion: Served
    challenger: Served | None = None

    def put(self, new: Served, role: str) -> "Models":
        """Return the pair with a new "champion" or "challenger"; one that is promoted moves up."""
        if role == "challenger":
            return Models(self.champion, new)
        rival = self.challenger
        return Models(new, None if rival and rival.version == new.version else rival)


def load(path: Path, version: str) -> Served:
    """Load a model and let it predict one flight; raise CourseError when it cannot do that.

    To load a model runs code from its file.
    """
    try:
        if not path.is_file():
            raise CourseError(f"There is no file {str(path)!r}.")
        model = flight_delay.load(path)
        flight_delay.known_categories(model)
        flight_delay.predict(model, load_flights(*REFERENCE).head(1))
    except CourseError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise CourseError(f"{str(path)[:200]} holds no FlightDelay ({said[:500]}).") from None
    return Served(model, version)
