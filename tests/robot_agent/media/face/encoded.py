"""A face without a presenter: VP8 pictures of one grey each."""

from fractions import Fraction

import av
import numpy as np

WHITE = 255
BLACK = 0


def vp8(levels: list[int], *, width: int = 160, height: int = 120) -> list[bytes]:
    """Return encoded pictures, the first one a keyframe."""
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate = Fraction(15)
    encoder.options = {"deadline": "realtime", "lag-in-frames": "0", "cpu-used": "8"}
    pictures = []
    for number, level in enumerate(levels):
        frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), level, np.uint8), format="bgr24")
        frame.pts = number
        pictures += [bytes(packet) for packet in encoder.encode(frame)]
    return pictures
