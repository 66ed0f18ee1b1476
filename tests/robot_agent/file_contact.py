"""A stop contact that is a file: it is closed while the file says so; loaded as a plug-in."""

from pathlib import Path

from robot_agent.inputs.contact import Contact
from teleop_core.errors import DriverLost


class FileContact:
    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def is_open(self) -> bool:
        try:
            return self._path.read_text() != "closed"
        except OSError as exc:
            raise DriverLost(f"{self.name} is gone: {exc.strerror}") from exc

    def close(self) -> None:
        pass


def open_contact(settings: dict[str, object]) -> Contact:
    return FileContact(Path(str(settings["path"])))
