"""Picture and data channel between the robot and each viewer; the only place for aiortc, av and cv2.

One picture, one way: camera thread -> latest-only slot -> one encoder -> one packetiser -> each viewer's own SRTP.
Nothing is imported here, so that reading the settings loads no codec.
"""
