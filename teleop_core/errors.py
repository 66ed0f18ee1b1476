"""Every exception of Stagebridge, drawn as one tree.

::

    StagebridgeError
    ├── ConfigError            a configuration key or value is wrong
    ├── SetupError             something the machine should have is missing: a page build, a device, a free port
    ├── WireError              bytes from outside are not a message; `.fault` says which rule they break
    ├── DriverError            the robot's driver or the device behind it failed
    │   └── DriverLost         nothing answers any more
    ├── GestureError           the robot cannot perform this gesture now, and is fit otherwise
    └── LinkError              the bridge refused or dropped a connection; `.retryable` says whether to redial

A refusal by the rules (no lease, wrong fence, too old) is not an exception: it is a value of
`teleop_core.wire.messages.Refusal`.
"""

import enum


class StagebridgeError(Exception):
    """The root of all errors that Stagebridge raises on purpose."""


class ConfigError(StagebridgeError):
    """A configuration key or value is wrong; the message names the key, what was expected and what was seen."""


class SetupError(StagebridgeError):
    """The machine lacks something; the message says what to do about it."""


class WireFault(enum.Enum):
    """Which rule of the wire some bytes break; also the label under which refused frames are counted."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    UNKNOWN_TYPE = "unknown_type"
    BAD_FIELD = "bad_field"


class WireError(StagebridgeError):
    """Bytes from outside are not a message of this protocol."""

    def __init__(self, fault: WireFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class DriverError(StagebridgeError):
    """The robot's driver, or the device behind it, failed; the robot must be treated as stopped and latched."""


class DriverLost(DriverError):
    """Nothing answers any more: unplugged, powered off, or the process behind the driver died."""


class GestureError(StagebridgeError):
    """The robot cannot perform this gesture now; nothing else is wrong with it. People read its words."""


class LinkError(StagebridgeError):
    """The bridge refused or dropped a connection."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable
