"""What can be broken on purpose, by name."""

import enum


class Fault(enum.Enum):
    """A failure that a test or a rehearsal can switch on and off while the stage runs."""

    MOTOR = "motor"  # the base brakes, refuses to drive and says so
    TIPPED = "tipped"  # the base feels that it tilts, as if it leant on something, and cannot drive
    RUNAWAY = "runaway"  # the base drives on whatever it is told, until its power is cut or its stop input pressed
    STUCK = "stuck"  # the base is told to drive and does not move, and finds nothing wrong with that
    BASE_SILENT = "base_silent"  # the base still moves, but says nothing more
    CAMERA_STALLED = "camera_stalled"  # the camera delivers no pictures
    CAMERA_REPEATS = "camera_repeats"  # the camera delivers its last picture again and again, with fresh stamps
    SERIAL_NOISE = "serial_noise"  # every frame that the base sends has a bit flipped
    SERIAL_UNPLUGGED = "serial_unplugged"  # the serial port is gone until the fault is switched off
