"""Stands in for a speech engine: a line in, a WAV of a tone as long as the line out; `fail` in a line fails it."""

import io
import sys
import time
import wave

import numpy as np

RATE_HZ = 22_050


def main() -> None:
    line = sys.stdin.read()
    if "fail" in line:
        sys.exit("cannot say that")
    if "hang" in line:
        time.sleep(600)
    if "mute" in line:
        return
    times = np.arange(round(RATE_HZ * 0.05 * len(line))) / RATE_HZ
    sound = (8000 * np.sin(2 * np.pi * (600 if sys.argv[1] == "zh" else 400) * times)).astype("<i2")
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            out.writeframes(sound.tobytes())
        sys.stdout.buffer.write(file.getvalue())


main()
