"""The seam where a wired stop plugs in: one normally closed contact.

A plug-in is an entry point of the group `stagebridge.stop_inputs`: `open_contact(settings) -> Contact`, where
`settings` is the table of `[[robot.stop_inputs]]` without its `kind`. It raises `ConfigError` for settings that can
never work and `DriverError` for a device that does not answer now.
"""

from typing import Protocol


class Contact(Protocol):
    """One contact that is closed while nobody stops. A cut wire reads as open, and so does a press."""

    @property
    def name(self) -> str:
        """Which one it is, for the people who read why the robot stands."""
        ...

    def is_open(self) -> bool:
        """Return whether the contact is open now; may wait for the device, a thread of its own calls it.

        Raises:
            DriverError: that cannot be told; the line counts as lost, and so as pressed.

        """
        ...

    def close(self) -> None:
        """Let go of the device. Never raises."""
        ...
