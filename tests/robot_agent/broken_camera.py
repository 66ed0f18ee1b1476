"""A camera that fails as `how` says, and not as the contract has it: when it is opened, or at each picture."""

from teleop_core.ports import Camera, Frame


class BrokenCamera:
    def read(self, *, timeout_s: float) -> Frame | None:
        raise RuntimeError("the driver crashed")

    def close(self) -> None:
        raise OSError("the driver is gone")


def open_camera(settings: dict[str, object]) -> Camera:
    if settings["how"] == "opening":
        raise MemoryError("no room for its buffers")
    return BrokenCamera()
