"""What can be broken on purpose, by name."""

import enum


class Fault(enum.Enum):
    """A failure that a test or a rehearsal can switch on and off while the stage runs."""

    MOTOR = "motor"  # the base brakes, refuses to drive and says so
    BASE_SILENT = "base_silent"  # the base still moves, but says nothing more
    CAMERA_STALLED = "camera_stalled"  # the camera delivers no pictures
    CAMERA_REPEATS = "camera_repeats"  # the camera delivers its last picture again and again, with fresh stamps
    SERIAL_NOISE = "serial_noise"  # every frame that the base sends has a bit flipped
    SERIAL_UNPLUGGED = "serial_unplugged"  # the serial port is gone until the fault is switched off
