"""The timings of the design, in one place, as the robot's motion process uses them."""

from dataclasses import dataclass

from teleop_core.timebase import ms, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things live. All in nanoseconds but `driver_ttl_ms`, which goes to the driver as it is."""

    tick_ns: int = ms(20)  # the motion loop's period
    beacon_ns: int = ms(50)
    status_ns: int = seconds(1)
    command_life_ns: int = ms(250)  # no fresh command for so long: ramp to zero
    echo_hold_ns: int = ms(400)
    picture_hold_ns: int = ms(700)
    neutral_ns: int = ms(300)  # hands off for so long before the dead-man counts
    lease_life_ns: int = seconds(2)
    offer_life_ns: int = seconds(10)
    reset_life_ns: int = seconds(10)
    gesture_code_ns: int = seconds(5)  # between the two steps of a large gesture
    gesture_grace_ns: int = seconds(1)  # beyond a quarter more than a gesture says to last
    still_ns: int = ms(500)  # standing still before a hand-over
    agent_zero_ns: int = ms(100)
    agent_latch_ns: int = ms(500)
    staff_hold_ns: int = seconds(1)  # nobody watches, where the show asks for it: hold
    staff_latch_ns: int = seconds(3)
    robot_silence_ns: int = ms(500)  # the driver reports nothing new: a fault
    reaction_ns: int = ms(100)  # from a command in force to the wheels' answer
    driver_ttl_ms: int = 250
