"""Puts the emulated firmware on a pseudo-terminal, so that a real serial driver can open it."""

import asyncio
import contextlib
import os
import tty
from pathlib import Path
from typing import Final

from simulator.faults import Fault
from simulator.firmware import Firmware
from simulator.stage import Stage
from teleop_core.errors import SetupError

_READ_BYTES: Final = 4096


class SerialSide:
    """A base behind the serial port `link`, which exists while it is plugged in."""

    def __init__(self, link: Path, stage: Stage) -> None:
        self._link = link
        self._stage = stage
        self._firmware = Firmware(stage, boot_id=int.from_bytes(os.urandom(4), "big"))
        self._ends: tuple[int, int] | None = None

    @property
    def is_driven(self) -> bool:
        """Whether a host talks to the base."""
        return self._firmware.is_driven

    def plug_in(self) -> None:
        """Make the port; it is read in the running event loop.

        Raises:
            SetupError: something else than a link is in the way.

        """
        if self._link.exists() and not self._link.is_symlink():
            raise SetupError(f"{self._link} is in the way and is no link; choose another [sim] serial_link")
        # Our own hold on the far end keeps the near end quiet, instead of at end-of-file, while no host has it open.
        near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        self._ends = near, far
        fresh = self._link.with_name(f"{self._link.name}.new")
        try:
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(far))
            fresh.replace(self._link)
        except OSError as exc:
            self.unplug()
            raise SetupError(f"cannot make the serial link {self._link}: {exc.strerror or exc}") from exc
        asyncio.get_running_loop().add_reader(near, self._read, near)

    def unplug(self) -> None:
        """Take the port away; whoever has it open sees it hang up."""
        if self._ends is None:
            return
        near, far = self._ends
        self._ends = None
        asyncio.get_running_loop().remove_reader(near)
        self._link.unlink(missing_ok=True)
        os.close(far)
        os.close(near)

    def obey_faults(self) -> None:
        """Plug in or out as the stage's faults say."""
        unplugged = Fault.SERIAL_UNPLUGGED in self._stage.faults
        if unplugged:
            self.unplug()
        elif self._ends is None:
            self.plug_in()

    def step(self) -> None:
        """Let the firmware see the stage's time, once before each step."""
        self._write(self._firmware.tick())

    def _read(self, near: int) -> None:
        try:
            chunk = os.read(near, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.unplug()
            return
        self._write(self._firmware.receive(chunk))

    def _write(self, frames: bytes) -> None:
        if not frames or self._ends is None or Fault.BASE_SILENT in self._stage.faults:
            return
        if Fault.SERIAL_NOISE in self._stage.faults:
            frames = bytes(byte ^ 0x10 if byte > 1 else byte for byte in frames)
        with contextlib.suppress(BlockingIOError):  # a host that does not read misses reports
            os.write(self._ends[0], frames)
