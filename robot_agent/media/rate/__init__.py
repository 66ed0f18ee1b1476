"""How fast a viewer's road is, and what may be sent on it: pure rules without a clock, a loop or a socket.

One viewer, one `flow.Flow`: feedback about single packets goes in, packets that may leave now and a target come out.
`ladder` makes a picture of a target, `assignment` says which viewer gets which rendition and how each is to be encoded.
"""
