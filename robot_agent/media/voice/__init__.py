"""Sound between the hall and the people: one microphone and one loudspeaker, one encoding for everybody.

A person's voice, one way: RTP -> playout buffer -> mixed with the others -> loudspeaker, and the same PCM is the echo
reference. The hall's sound, one way: microphone -> echo cancelled -> one Opus encoding -> each listener's own SRTP.
All of it happens in the sound device's own thread; the event loop only carries packets.
"""
