"""Every message of the protocol, as tagged Structs: the one source of the TypeScript types, the schema and the page.

JSON text, one object a frame, `type` first; unknown fields are refused. Units are in the names. Who may send what:

- person to bridge: `Hello` first, then `FromPerson`, `Preflight` and `Note`
- robot to bridge: `RobotHello` first, then `ToPeer` envelopes and `Ping`
- bridge to person: `Welcome`, `Roster`, `IceServers`, `Pong`, `Ack` (its own), `Event`, `Noted`, `Checked` (to staff);
  and what the robot says, as it came
- bridge to robot: `Welcome`, `Roster`, `IceServers`, `Pong`, and `FromPeer` envelopes around what people say
- robot and person: the same messages without envelopes, over the peer-to-peer data channel

Motion and telemetry are state: only the newest counts (`Lane.STATE`). All else is lossless (`Lane.EVENT`), carries an
`id` and is acknowledged; a sender repeats it until then, so a robot treats a repeated id as the same request.
"""

import enum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

PROTOCOL_VERSION: Final = 1

# --- Scalars ---------------------------------------------------------------------------------------------------------

MAX_SAFE_INTEGER: Final = 2**53 - 1  # what a browser can count to

MAX_ARRIVALS: Final = 32
MAX_CHECKS: Final = 24
MAX_CHECK_FIGURES: Final = 8
MAX_GESTURES: Final = 32
MAX_CUES: Final = 60
MAX_MARKS: Final = 21  # of a show, the start mark among them
LONGEST_GESTURE_MS: Final = 600_000

Count = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]
RtpTime = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Micros = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]
UnixMs = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]
# In Python `$` also matches before a last line break, elsewhere not; `(?!\n)` gives the patterns one meaning for all.
RequestId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,64}$(?!\n)")]
PeerId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,64}$(?!\n)")]
RobotName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$(?!\n)")]
Epoch = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)")]
DisplayName = Annotated[str, Meta(min_length=1, max_length=60)]
UplinkName = Annotated[str, Meta(min_length=1, max_length=30)]
CameraName = Annotated[str, Meta(min_length=1, max_length=30)]
GestureName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,29}$(?!\n)")]
Sentence = Annotated[str, Meta(max_length=300)]
Secret = Annotated[str, Meta(min_length=16, max_length=128)]
Sdp = Annotated[str, Meta(min_length=1, max_length=14_000)]
AskedSpeed = Annotated[float, Meta(ge=-10.0, le=10.0)]  # m/s or rad/s; the robot's own caps are far below
Level = Annotated[float, Meta(ge=-100.0, le=10.0)]  # dBFS
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
CheckWord = Annotated[str, Meta(pattern=r"^[a-z][A-Za-z0-9_]{0,23}$(?!\n)")]
Spoken = Annotated[str, Meta(min_length=1, max_length=300)]
Line = Annotated[str, Meta(max_length=1200)]
MarkName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,29}$(?!\n)")]
CueTitle = Annotated[str, Meta(min_length=1, max_length=60)]
Metres = Annotated[float, Meta(ge=-100.0, le=100.0)]
Angle = Annotated[float, Meta(ge=-7.0, le=7.0)]  # rad
CheckFigure = Annotated[float, Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]


# --- Words -----------------------------------------------------------------------------------------------------------


class Role(enum.Enum):
    """What a person may do. STOP needs no role."""

    PRESENTER = "presenter"
    STAFF = "staff"
    OBSERVER = "observer"


class CameraHealth(enum.Enum):
    """Whether a camera shows what is now."""

    LIVE = "live"
    FROZEN = "frozen"  # pictures come, and are all the same
    ABSENT = "absent"  # none come


class Health(enum.Enum):
    """How fit something is for a show."""

    GREEN = "green"
    AMBER = "amber"  # works less well
    RED = "red"  # does not work


class StopLevel(enum.Enum):
    """How the robot must stop, mildest first. What is above SETTLE is done and undone on site only."""

    SETTLE = "settle"  # ramp to zero, keep balance, stay powered
    DAMP = "damp"  # let the joints go soft: a robot that stands sits down
    CUT = "cut"  # remove actuator power


class Lane(enum.Enum):
    """How a queue treats a message: STATE keeps the newest, EVENT loses none."""

    STATE = "state"
    EVENT = "event"


class Road(enum.Enum):
    """How a message came to the robot."""

    BRIDGE = "bridge"
    DIRECT = "direct"  # the peer-to-peer data channel
    LOCAL = "local"  # an input on the robot itself


class RobotState(enum.Enum):
    """The one state that the robot is in; `teleop_core.authority` draws how they follow one another."""

    BOOT = "boot"
    STOPPING = "stopping"  # STOP is latched, still moving
    STOPPED = "stopped"  # STOP is latched, at rest
    READY = "ready"  # nobody has the lease
    LEASED = "leased"  # somebody has it; standing still
    DRIVING = "driving"
    DEGRADED = "degraded"  # driving, slowed by the link
    HOLD = "hold"  # ramping to zero, or at zero until the driver re-arms
    GESTURE = "gesture"  # standing still and performing; nobody drives


class Limit(enum.Enum):
    """What limits the motion now, most severe first; NONE means that the robot does what was asked."""

    STOPPED = "stopped"
    DRIVER_FAULT = "driver_fault"
    AGENT_SILENT = "agent_silent"
    NO_STAFF = "no_staff"  # this show asks for staff who watch, and none does
    POSE_UNKNOWN = "pose_unknown"  # the stage has edges, and the robot does not say where it is
    GESTURE = "gesture"  # a gesture runs
    NO_LEASE = "no_lease"
    HANDOVER = "handover"
    SILENCE = "silence"  # no fresh command
    ECHO_AGE = "echo_age"  # the presenter knows an old state of the robot
    PICTURE_AGE = "picture_age"  # the presenter sees an old picture
    NO_PICTURE = "no_picture"  # the presenter sees nothing
    NOT_NEUTRAL = "not_neutral"  # re-arm: let go first
    DEAD_MAN = "dead_man"  # the hand is off
    LOOP_DELAY = "loop_delay"  # slowed in proportion to the loop delay
    EDGE = "edge"  # slowed, or turned back, by an edge of the stage
    STAFF_CAP = "staff_cap"  # as fast as staff allow
    CAP = "cap"  # as fast as this robot may go
    SLEW = "slew"
    NONE = "none"


class Refusal(enum.Enum):
    """Why the robot or the bridge did not do what a message asked."""

    MALFORMED = "malformed"
    ROLE = "role"  # this role may not do that
    NO_ROBOT = "no_robot"  # the robot is not connected to the bridge
    NO_BRIDGE = "no_bridge"  # nobody new gets the lease while the bridge is away
    STOPPED = "stopped"  # the STOP is latched
    NOT_STOPPED = "not_stopped"  # there is nothing to reset
    MOVING = "moving"  # only at standstill
    HELD = "held"  # somebody else has the lease
    NOT_HOLDER = "not_holder"
    WRONG_EPOCH = "wrong_epoch"  # meant for the robot before it restarted
    WRONG_FENCE = "wrong_fence"  # meant for an earlier lease
    REPLAYED = "replayed"  # a number that was used already, or an older one
    STALE = "stale"  # what the sender knew is too old
    UNKNOWN_BEACON = "unknown_beacon"  # echoes a beacon that was never sent, or is forgotten
    NO_OFFER = "no_offer"
    EXPIRED = "expired"
    BUSY = "busy"  # a hand-over is under way
    UNKNOWN_PEER = "unknown_peer"
    WRONG_CODE = "wrong_code"
    FAULT = "fault"  # what latched the STOP is still there
    ON_SITE = "on_site"  # only somebody beside the robot may do that
    MUTED = "muted"  # staff do not let this peer be heard
    GESTURE = "gesture"  # a gesture runs, and there are never two
    NO_GESTURE = "no_gesture"  # none runs that could be cancelled
    UNKNOWN_GESTURE = "unknown_gesture"  # this robot knows none of that name
    HAND_ON = "hand_on"  # only with the dead-man let go
    NOT_ALLOWED = "not_allowed"  # staff have switched that off
    NO_STAFF = "no_staff"  # this show asks for staff who watch, and none does
    NO_REPORT = "no_report"  # the robot says nothing of itself
    AREA = "area"  # staff have not declared the area around the robot clear
    NO_SHOW = "no_show"  # no show is loaded
    SHOW_OVER = "show_over"
    UNKNOWN_CUE = "unknown_cue"
    NEEDS = "needs"  # something that the cue needs does not hold; `Show.need` says what
    NO_SPEECH = "no_speech"  # this robot cannot speak by itself
    OVERLOADED = "overloaded"
    MEDIA = "media"  # the WebRTC session could not be made


class Verdict(enum.Enum):
    """How a request ended."""

    DONE = "done"
    PENDING = "pending"  # accepted; the outcome shows in `Status`
    REFUSED = "refused"


class StopCause(enum.Enum):
    """What latched the STOP."""

    PERSON = "person"
    BOOT = "boot"
    HARDWARE = "hardware"
    DRIVER_FAULT = "driver_fault"
    AGENT_SILENT = "agent_silent"
    EDGE = "edge"
    TILT = "tilt"
    ODOMETRY = "odometry"  # the robot moves otherwise than it was told
    STAFF_SILENT = "staff_silent"  # this show asks for staff who watch, and none did for 3 s
    SUSPEND = "suspend"  # the machine slept, or the motion loop did
    MOTION_DIED = "motion_died"  # the agent says so while no motion process answers
    LOCAL = "local"


class GestureEnd(enum.Enum):
    """Why a gesture ended before it was done."""

    CANCELLED = "cancelled"  # by who drives, or by staff
    STOPPED = "stopped"  # the STOP latched
    LEASE = "lease"  # somebody else is to drive, or staff ended the lease
    NO_STAFF = "no_staff"  # this show asks for staff who watch, and none did
    NOT_ALLOWED = "not_allowed"  # staff switched gestures off
    FAILED = "failed"  # the robot did not perform it; `detail` says why, where it knows
    OVERRAN = "overran"  # it took far longer than the robot had said


class EventKind(enum.Enum):
    """What the event list shows."""

    JOINED = "joined"
    LEFT = "left"
    ROBOT_ONLINE = "robot_online"
    ROBOT_OFFLINE = "robot_offline"
    STOPPED = "stopped"
    RESET = "reset"
    ASKED = "asked"
    GRANTED = "granted"
    OFFERED = "offered"
    OFFER_LAPSED = "offer_lapsed"
    TAKEN = "taken"
    RETURNED = "returned"
    REVOKED = "revoked"
    LEASE_EXPIRED = "lease_expired"
    HOLD = "hold"
    FAULT = "fault"
    CAPPED = "capped"  # staff set the cap that `detail` says
    MUTED = "muted"
    UNMUTED = "unmuted"
    UPLINK_UP = "uplink_up"  # of a robot with several, the one that `detail` names
    UPLINK_DOWN = "uplink_down"
    GESTURE_BEGUN = "gesture_begun"
    GESTURE_DONE = "gesture_done"
    GESTURE_ABORTED = "gesture_aborted"  # `ended` says why
    GESTURES_ON = "gestures_on"  # staff allow gestures again
    GESTURES_OFF = "gestures_off"
    AREA_CLEAR = "area_clear"  # staff declare the area around the robot clear
    AREA_NOT_CLEAR = "area_not_clear"  # they take it back, or a STOP does
    CUE = "cue"  # the cue that `detail` names began
    SHOW_HELD = "show_held"  # `detail` says why
    SHOW_ENDED = "show_ended"
    SPOKE = "spoke"  # the robot says what `detail` quotes


class ShowAct(enum.Enum):
    """What somebody says to a show."""

    GO = "go"  # begin the next cue, or go on with the one that is held
    HOLD = "hold"  # finish what has begun, and begin nothing
    SKIP = "skip"  # leave the cue out
    STANDBY = "standby"  # have the cue that is named be the next
    ABORT = "abort"  # break off what has begun, and hold


class ShowPhase(enum.Enum):
    """Where a show is; `teleop_core.show.runner` draws how they follow one another."""

    STANDBY = "standby"
    RUNNING = "running"
    HELD = "held"
    ENDED = "ended"


class ShowHeld(enum.Enum):
    """Why a show is held; only somebody's go ends it."""

    PERSON = "person"
    LINK = "link"  # the link of whoever presents is away
    STOPPED = "stopped"  # the STOP latched
    NEEDS = "needs"
    FAILED = "failed"  # the robot could not do it
    ABORTED = "aborted"


class ShowNeed(enum.Enum):
    """What a cue needed and lacked."""

    AT_MARK = "at_mark"
    BATTERY = "battery"
    LINK = "link"
    AREA_CLEAR = "area_clear"


class CueWord(enum.Enum):
    """What a line of the cue log says of its cue."""

    STANDBY = "standby"
    BEGAN = "began"
    RESUMED = "resumed"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    HELD = "held"
    ABORTED = "aborted"
    ENDED = "ended"  # with it, the show


class SpokenTo(enum.Enum):
    """Whom a voice is meant for."""

    HALL = "hall"
    BACKSTAGE = "backstage"  # presenters and staff, and never the hall


class EchoWay(enum.Enum):
    """How the robot keeps the loudspeaker out of its microphone."""

    CANCELLED = "cancelled"
    PARTLY = "partly"  # whoever speaks in the hall is cut while a voice is played
    DUCKED = "ducked"  # the microphone is turned down while a voice is played
    OFF = "off"


# --- Parts -----------------------------------------------------------------------------------------------------------


class Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something inside a message."""


class WireTwist(Part, frozen=True):
    """A velocity in the robot's frame (REP-103): x forward, y left, z up."""

    vx_mps: float
    vy_mps: float
    wz_radps: float


class WirePose(Part, frozen=True):
    """A place on the stage floor: origin at the start mark, heading counter-clockwise from +x."""

    x_m: float
    y_m: float
    heading_rad: float


class IceServer(Part, frozen=True):
    """One STUN or TURN server, in the browser's own words."""

    urls: tuple[Annotated[str, Meta(max_length=256)], ...]
    username: Annotated[str, Meta(max_length=256)] | None = None
    credential: Annotated[str, Meta(max_length=256)] | None = None


class PictureTime(Part, frozen=True):
    """One picture, by the RTP time that every viewer receives.

    It was captured at `captured_us` of the robot's monotonic clock, encoded from `waited_us` after that, for
    `encoding_us`, and then it left, as the road allowed.
    """

    rtp_time: RtpTime
    captured_us: Micros
    waited_us: Micros
    encoding_us: Micros


class GestureSpec(Part, frozen=True):
    """A gesture that a robot knows. A large one is asked for in two steps."""

    name: GestureName
    lasts_ms: Annotated[int, Meta(ge=1, le=LONGEST_GESTURE_MS)]
    is_large: bool = False


class GestureRun(Part, frozen=True):
    """The gesture that runs now, and how much of it is done."""

    name: GestureName
    progress: Share


class Goal(Part, frozen=True):
    """A place on the stage floor to go to, as `WirePose`."""

    x_m: Metres
    y_m: Metres
    heading_rad: Angle


class ShowMark(Part, frozen=True):
    """A mark on the floor."""

    name: MarkName
    goal: Goal


class CueLine(Part, frozen=True):
    """A cue of a show. `follows`: it begins by itself after the one before; `kind` is the word of the show's file."""

    title: CueTitle
    kind: CheckWord
    follows: bool
    lasts_s: Annotated[float, Meta(ge=0.0, le=3600.0)] | None
    mark: MarkName | None = None


class LookAngles(Part, frozen=True):
    """A direction to look in, from straight ahead: pan counter-clockwise seen from above, tilt upwards."""

    pan_rad: Angle
    tilt_rad: Angle


class RobotProfile(Part, frozen=True):
    """What a robot is, for the pages; the speeds are its caps as configured."""

    model: Annotated[str, Meta(max_length=60)]
    max_speed_mps: float
    max_turn_radps: float
    holonomic: bool
    stop_levels: tuple[StopLevel, ...] = (StopLevel.SETTLE,)
    gestures: Annotated[tuple[GestureSpec, ...], Meta(max_length=MAX_GESTURES)] = ()
    look: LookAngles | None = None  # how far it can look to each side, null where it cannot
    co_speech: bool = False  # whether it can move with the voice


class Peer(Part, frozen=True):
    """A person in the room."""

    id: PeerId
    role: Role
    name: DisplayName


class CheckLine(Part, frozen=True):
    """One line of a check before a show.

    `check` is what was looked at and `seen` what was found, words for which a page has sentences of its own; `figures`
    have their units in their names; `about` says which of several, a server or a camera.
    """

    check: CheckWord
    health: Health
    seen: CheckWord
    figures: Annotated[dict[CheckWord, CheckFigure], Meta(max_length=MAX_CHECK_FIGURES)] = {}
    about: Annotated[str, Meta(max_length=60)] = ""


CheckLines = Annotated[tuple[CheckLine, ...], Meta(max_length=MAX_CHECKS)]


class Offer(Part, frozen=True):
    """A lease on offer."""

    to: PeerId
    by: PeerId
    expires_in_ms: Count


class Latch(Part, frozen=True):
    """Who or what latched the STOP, and when."""

    cause: StopCause
    by: PeerId | None
    role: Role | None
    at_unix_ms: UnixMs
    detail: Sentence = ""
    level: StopLevel = StopLevel.SETTLE  # above SETTLE, only somebody on site can make a reset possible


class RoadRace(Part, frozen=True):
    """How often one road brought a command first, and by how much: the median, null where no copy came over another."""

    road: Road
    won: Count
    lead_ms: float | None


class ResetOffer(Part, frozen=True):
    """The first step of a reset was taken; `code` confirms it."""

    by: PeerId
    code: Annotated[str, Meta(max_length=32)]
    expires_in_ms: Count


class GestureOffer(Part, frozen=True):
    """A large gesture was asked for; the same peer's second request with `code` begins it."""

    name: GestureName
    by: PeerId
    code: Annotated[str, Meta(max_length=32)]
    expires_in_ms: Count


# --- Messages --------------------------------------------------------------------------------------------------------


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Message(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag=_snake):
    """Anything that travels as a frame of its own."""


# Getting in


class Hello(Message, frozen=True):
    """A person's first frame. `client_id` is made once a tab and kept, so that a reconnect is the same peer."""

    version: int
    token: Secret
    client_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,32}$(?!\n)")]
    name: DisplayName | None = None


class RobotHello(Message, frozen=True):
    """A robot's first frame on each of its connections.

    `boot` is drawn at random by each process and told to nobody but the bridge: another connection with the same one is
    another `uplink` of the same robot, and any other takes the robot's place.
    """

    version: int
    robot: RobotName
    key: Secret
    profile: RobotProfile
    boot: Secret | None = None
    uplink: UplinkName = "only"


class Welcome(Message, frozen=True):
    """The bridge's first frame. `you` is null for a robot; `profile` is null while the robot is away."""

    version: int
    robot: RobotName
    you: Peer | None
    ice_servers: tuple[IceServer, ...]
    profile: RobotProfile | None
    server_unix_ms: UnixMs


class Roster(Message, frozen=True):
    """Who is in the room, whole, at every change; and who was sent off for good, whose every road ends at once.

    Of two that a robot hears over different uplinks, the one with the higher `seq` counts.
    """

    robot_online: bool
    profile: RobotProfile | None
    peers: tuple[Peer, ...]
    dismissed: tuple[PeerId, ...] = ()
    seq: Count | None = None


class IceServers(Message, frozen=True):
    """The servers for the next WebRTC session, whole; said before the credentials of the earlier ones expire."""

    servers: tuple[IceServer, ...]


class Ping(Message, frozen=True):
    """Asks the bridge (or, over the data channel, the robot) for a `Pong`, to measure the round trip."""

    id: RequestId


class Pong(Message, frozen=True):
    """Answers a `Ping`. The robot adds what its monotonic clock says: with the round trip, its offset is known."""

    id: RequestId
    clock_us: Micros | None = None


# Driving


class Drive(Message, frozen=True, omit_defaults=True):
    """The wish of the hand, 50 times a second while the dead-man is held, and three times neutral on letting go.

    `beacon` echoes the newest `Telemetry.tick` seen; `picture` the RTP time of the newest picture shown, null before
    the first. The robot computes both ages on its own clock. With `toward` the robot steers itself to that place while
    the dead-man is held, no faster than the speed that is asked; everything that limits a hand limits it.
    """

    epoch: Epoch
    fence: Count
    seq: Count
    dead_man: bool
    vx_mps: AskedSpeed
    vy_mps: AskedSpeed
    wz_radps: AskedSpeed
    beacon: Count
    picture: RtpTime | None
    toward: Goal | None = None


class Look(Message, frozen=True):
    """Whoever drives looks in a direction; said again while it changes. The newest counts, by `seq`."""

    epoch: Epoch
    fence: Count
    seq: Count
    pan_rad: Angle
    tilt_rad: Angle


class LeaseRenew(Message, frozen=True):
    """Keeps the lease for another 2 s; sent every 500 ms by whoever holds it. Not acknowledged: `Status` shows it."""

    epoch: Epoch
    fence: Count
    seq: Count


class Watch(Message, frozen=True):
    """Staff watch: sent every 300 ms by a staff page that is seen. `beacon` answers the newest `Telemetry.tick`.

    Where the show asks for staff who watch, the robot holds when none did for 1 s, and latches after 3 s.
    """

    epoch: Epoch
    beacon: Count


class Preflight(Message, frozen=True):
    """What the check before a show found on a presenter's or staff's own page; the newest counts. For the bridge only.

    `at_unix_ms` is by the bridge's clock, as well as the page knows it; the link was measured for `soak_s`.
    """

    at_unix_ms: UnixMs
    soak_s: Annotated[int, Meta(ge=0, le=3600)]
    lines: CheckLines


class PictureArrivals(Message, frozen=True):
    """When pictures came, 20 times a second over the direct road, from a page whose browser does not tell the robot.

    Picture `rtp_times[i]` was there whole at `at_ms[i]`, by a clock of the page's own. Of no use on any other road.
    """

    rtp_times: Annotated[tuple[RtpTime, ...], Meta(max_length=MAX_ARRIVALS)]
    at_ms: Annotated[tuple[Annotated[float, Meta(ge=0, le=MAX_SAFE_INTEGER)], ...], Meta(max_length=MAX_ARRIVALS)]


# Requests, each acknowledged with an `Ack` (STOP with a `StopAck`)


class Stop(Message, frozen=True):
    """Stop and latch. From anyone in the room, on every road, every 20 ms until acknowledged."""

    id: RequestId
    reason: Sentence = ""


class ResetPrepare(Message, frozen=True):
    """First step of a reset, by staff at standstill: `Status.reset` then shows the code to confirm."""

    id: RequestId


class ResetConfirm(Message, frozen=True):
    """Second step of a reset: clears the latch, revokes the lease, moves nothing."""

    id: RequestId
    code: Annotated[str, Meta(max_length=32)]


class LeaseRequest(Message, frozen=True):
    """Ask to drive. Granted at once when nobody does; otherwise the request stands in `Status.requests`."""

    id: RequestId


class LeaseWithdraw(Message, frozen=True):
    """Take back one's own standing request."""

    id: RequestId


class LeaseReturn(Message, frozen=True):
    """Give the lease back."""

    id: RequestId
    fence: Count


class LeaseOffer(Message, frozen=True):
    """Offer the lease to a peer (by the holder or staff). A peer that has asked gets it at once, through standstill."""

    id: RequestId
    to: PeerId


class LeaseAccept(Message, frozen=True):
    """Accept the offer that `Status.offer` shows."""

    id: RequestId


class LeaseDecline(Message, frozen=True):
    """Decline it."""

    id: RequestId


class LeaseTake(Message, frozen=True):
    """Staff take the lease themselves, through standstill."""

    id: RequestId


class LeaseRevoke(Message, frozen=True):
    """Staff end the lease, whoever has it."""

    id: RequestId


class CapSpeed(Message, frozen=True):
    """Staff cap the speed, whoever drives, until staff say otherwise; null lifts it. Turning is capped in its share."""

    id: RequestId
    max_speed_mps: Annotated[float, Meta(ge=0.0, le=10.0)] | None


class Mute(Message, frozen=True):
    """Staff have the robot not hear a peer at all, its STOP included, or hear it again; staff cannot be muted."""

    id: RequestId
    peer: PeerId
    muted: bool


class GestureBegin(Message, frozen=True):
    """Whoever has the lease has the robot perform a gesture of its profile, at standstill and with the dead-man let go.

    A large one is answered `pending` first: `Status.gesture_offer` then shows the `code` that a second request quotes.
    """

    id: RequestId
    epoch: Epoch
    fence: Count
    name: GestureName
    code: Annotated[str, Meta(max_length=32)] | None = None


class GestureCancel(Message, frozen=True):
    """Whoever has the lease, or staff, break off the gesture that runs."""

    id: RequestId


class AllowGestures(Message, frozen=True):
    """Staff allow gestures, or switch them off until they say otherwise, which breaks off the one that runs."""

    id: RequestId
    allowed: bool


class DeclareArea(Message, frozen=True):
    """Staff declare the area around the robot clear, or not any more; a STOP takes the word back as well.

    A show performs large gestures only in an area that is clear.
    """

    id: RequestId
    clear: bool


class MoveWithVoice(Message, frozen=True):
    """A presenter or staff have arms and head move a little with the voice that the hall hears, or not any more."""

    id: RequestId
    on: bool


class ShowControl(Message, frozen=True):
    """A presenter or staff run the show. `cue` is what its sender saw as `Show.next_go`; for `standby`, the one meant.

    Two people who say go at once thus go once.
    """

    id: RequestId
    act: ShowAct
    cue: Annotated[int, Meta(ge=0, le=MAX_CUES)]


class Say(Message, frozen=True):
    """A presenter or staff have the robot say a line, in a language of `Speech.languages`."""

    id: RequestId
    text: Spoken
    language: Annotated[str, Meta(pattern=r"^[a-z]{2}$(?!\n)")]


class Hush(Message, frozen=True):
    """A presenter or staff break off what the robot says by itself."""

    id: RequestId


class Note(Message, frozen=True):
    """A presenter or staff write a line to one peer, or (null) to all presenters and staff. For the bridge only.

    `at_unix_ms` is by the bridge's clock, as well as the page knows it.
    """

    id: RequestId
    at_unix_ms: UnixMs
    to: PeerId | None
    text: Spoken


class RtcOffer(Message, frozen=True):
    """Opens a WebRTC session with the robot; a new one replaces the old.

    The offer holds all sections at once: first a video (the robot's picture, H.264), then an audio (the hall's sound
    and this person's voice, Opus), a second video (this person's face, VP8) and the data channel `motion`. Any may be
    left out; what the robot has no use for, it answers as inactive.
    """

    id: RequestId
    sdp: Sdp


class RtcCandidate(Message, frozen=True):
    """A trickled ICE candidate of the session `id`; null ends them."""

    id: RequestId
    candidate: Annotated[str, Meta(max_length=512)] | None
    mid: Annotated[str, Meta(max_length=16)] | None
    line: Annotated[int, Meta(ge=0, le=64)] | None


class RtcClose(Message, frozen=True):
    """Ends the session `id`; the tab goes away."""

    id: RequestId


class ChooseCamera(Message, frozen=True):
    """A presenter or staff make a camera the main picture, for everybody; nothing is renegotiated.

    What counts as the picture's age stays that of the drive camera, see `CameraState`.
    """

    id: RequestId
    name: CameraName


class SpeakTo(Message, frozen=True):
    """A presenter or staff say whom their voice is for from now on, over any call of theirs; first it is the hall.

    A page lets its microphone be heard only after the answer, so that nothing goes where it was not meant for. Of a
    person's wishes the one with the highest `seq` counts, whatever comes late by the other road.
    """

    id: RequestId
    seq: Count
    to: SpokenTo


# The robot's answers


class Ack(Message, frozen=True):
    """How the request `id` ended. `detail` is for logs; the pages have words of their own for each refusal."""

    id: RequestId
    verdict: Verdict
    refusal: Refusal | None = None
    detail: Sentence = ""


class StopAck(Message, frozen=True):
    """The STOP `id` is latched; this is the state the robot is in."""

    id: RequestId
    state: RobotState
    speed_mps: float


class RtcAnswer(Message, frozen=True):
    """Answers `RtcOffer` `id`; all candidates are inside."""

    id: RequestId
    sdp: Sdp


class Telemetry(Message, frozen=True):
    """The robot's state, 20 times a second; `tick` is the beacon that a `Drive` echoes.

    `asked` is the newest accepted wish, `applied` what the driver was really told, `measured` what the robot reports.
    `allowed_mps` is the speed that all caps together allow now, 0 while the robot is held.
    `loop_delay_ms` is camera -> eye -> hand -> wheel, of the command in force; `echo_age_ms` the same without camera
    and eye; both null when none is in force.
    """

    epoch: Epoch
    tick: Count
    state: RobotState
    limit: Limit
    fence: Count
    driver: PeerId | None
    latched: bool
    asked: WireTwist
    applied: WireTwist
    allowed_mps: float
    measured: WireTwist | None
    pose: WirePose | None
    command_age_ms: float | None
    echo_age_ms: float | None
    loop_delay_ms: float | None
    battery: Share | None
    gesture: GestureRun | None = None
    look: LookAngles | None = None  # whither it looks, null for a robot that cannot


class Status(Message, frozen=True):
    """What changes rarely, whole: at every change and once a second.

    `seq` rises by one within an epoch, so that an older copy over the slower road is known. `refused` counts refused
    frames by reason since start; `accepted` counts drive commands taken over each road, and `race` those of the last
    10 s and of the present driver.
    """

    epoch: Epoch
    seq: Count
    fence: Count
    state: RobotState
    driver: PeerId | None
    latch: Latch | None
    reset: ResetOffer | None
    offer: Offer | None
    requests: tuple[PeerId, ...]
    bridge_up: bool
    refused: dict[str, Count]
    accepted: dict[str, Count]
    speed_cap_mps: float | None = None  # as staff set it
    muted: tuple[PeerId, ...] = ()
    staff_required: bool = False  # whether the robot moves only while staff watch
    race: tuple[RoadRace, ...] = ()
    faults: tuple[Sentence, ...] = ()
    gestures_allowed: bool = True  # as staff set it
    gesture_offer: GestureOffer | None = None
    area_clear: bool = False  # as staff declared it
    co_speech: bool = False  # whether it moves with the voice


class Sound(Message, frozen=True):
    """What the robot hears and says, four times a second; of two, the one with the later `at_unix_ms` counts.

    Levels are RMS over 200 ms in dBFS: the microphone after echo cancelling, and what the loudspeaker is given; both
    null while there is no sound device, and `missing` says why. `heard` are those whose voices are played now, the
    driver first; of the first of them `waits_ms` is from the arrival of a quick packet to the loudspeaker, and
    `concealed` the share of its speech that had to be made up. `backstage` is who speaks to presenters and staff
    alone now.
    """

    at_unix_ms: UnixMs
    hall_dbfs: Level | None
    speaker_dbfs: Level | None
    heard: tuple[PeerId, ...]
    waits_ms: float | None
    concealed: Share
    echo: EchoWay
    missing: Sentence = ""
    backstage: PeerId | None = None


class CameraState(Part, frozen=True):
    """One camera. By `drive` the driver steers: where it is not shown, or shows what was, the picture counts as old.

    `missing` says why an absent one sends nothing, where its driver knows.
    """

    name: CameraName
    drive: bool
    health: CameraHealth
    missing: Sentence = ""


class Cameras(Message, frozen=True):
    """The robot's cameras, at every change and once a second; of two, the one with the later `at_unix_ms` counts.

    `main` is the one that fills the picture; the others are laid into it.
    """

    at_unix_ms: UnixMs
    main: CameraName
    cameras: tuple[CameraState, ...]


class Checked(Message, frozen=True):
    """The newest `Preflight` of somebody in the room, for staff."""

    peer: PeerId
    at_unix_ms: UnixMs
    soak_s: Annotated[int, Meta(ge=0, le=3600)]
    lines: CheckLines


class Readiness(Message, frozen=True):
    """How fit the robot is for a show, as far as it can tell while it runs; for staff, every few seconds."""

    at_unix_ms: UnixMs
    lines: CheckLines


class Noted(Message, frozen=True):
    """A `Note`, to whom it is meant for and to its sender. `to` is null when it is for all presenters and staff."""

    by: Peer
    to: PeerId | None
    at_unix_ms: UnixMs
    text: Spoken


class ShowPlan(Message, frozen=True):
    """The show that is loaded, at every change and every few seconds. `show` names it together with its contents."""

    show: Annotated[str, Meta(max_length=16)]
    title: CueTitle
    marks: Annotated[tuple[ShowMark, ...], Meta(max_length=MAX_MARKS)]
    cues: Annotated[tuple[CueLine, ...], Meta(max_length=MAX_CUES)]
    problems: Annotated[tuple[Sentence, ...], Meta(max_length=8)] = ()  # what this robot cannot do of it


class Show(Message, frozen=True):
    """How the show goes, at every change and once a second; of two, the one with the later `at_unix_ms` counts.

    `cue` counts from 0; `line` is what is spoken in it, for the teleprompter, and `next_line` in the one after it.
    `interlude`: the audience meets what is designed for a link that is away.
    """

    at_unix_ms: UnixMs
    show: Annotated[str, Meta(max_length=16)]
    phase: ShowPhase
    cue: Annotated[int, Meta(ge=0, le=MAX_CUES)]
    next_go: Annotated[int, Meta(ge=0, le=MAX_CUES)]
    held: ShowHeld | None = None
    need: ShowNeed | None = None
    shown_ms: Count = 0
    cue_ms: Count = 0
    line: Line = ""
    next_line: Line = ""
    interlude: bool = False


class Speech(Message, frozen=True):
    """What the robot says by itself, at every change and once a second; the later `at_unix_ms` counts.

    `engine` is empty where there is none, and `missing` then says why.
    """

    at_unix_ms: UnixMs
    engine: Annotated[str, Meta(max_length=60)]
    languages: tuple[Annotated[str, Meta(pattern=r"^[a-z]{2}$(?!\n)")], ...]
    says: Annotated[str, Meta(max_length=300)] = ""
    missing: Sentence = ""


class UplinkState(Part, frozen=True):
    """One of the robot's connections to the bridge; `round_trip_ms` is what the last `Ping` took, null while down."""

    name: UplinkName
    up: bool
    round_trip_ms: float | None


class Uplinks(Message, frozen=True):
    """The connections of a robot with several, at every change and once a second; the later `at_unix_ms` counts."""

    at_unix_ms: UnixMs
    uplinks: tuple[UplinkState, ...]


class PictureTimes(Message, frozen=True):
    """When some of the latest pictures were captured and encoded: twice a second, over the data channel only."""

    pictures: tuple[PictureTime, ...]


class Event(Message, frozen=True):
    """A line of the event list. `seq` rises by one for each `source`, so that a copy over another road is known."""

    source: Annotated[str, Meta(max_length=40)]
    seq: Count
    at_unix_ms: UnixMs
    kind: EventKind
    by: PeerId | None = None
    to: PeerId | None = None
    name: DisplayName | None = None
    role: Role | None = None
    cause: StopCause | None = None
    limit: Limit | None = None
    detail: Sentence = ""
    gesture: GestureName | None = None
    ended: GestureEnd | None = None


# Envelopes between bridge and robot


class FromPeer(Message, frozen=True):
    """Bridge -> robot: what a person sent, with the identity that the bridge vouches for.

    `seq` rises from frame to frame, and is the same for the copies that go over the robot's other uplinks.
    """

    peer: PeerId
    role: Role
    body: msgspec.Raw
    seq: Count | None = None


class ToPeer(Message, frozen=True):
    """Robot -> bridge: what the robot says, to one peer or (null) to everybody in the room.

    `seq` rises from frame to frame, and is the same for the copies that go over the robot's other uplinks: the bridge
    passes on the first of them.
    """

    to: PeerId | None
    lane: Lane
    body: msgspec.Raw
    seq: Count | None = None


RequestMessage = (
    Stop
    | ResetPrepare
    | ResetConfirm
    | LeaseRequest
    | LeaseWithdraw
    | LeaseReturn
    | LeaseOffer
    | LeaseAccept
    | LeaseDecline
    | LeaseTake
    | LeaseRevoke
    | CapSpeed
    | Mute
    | GestureBegin
    | GestureCancel
    | AllowGestures
    | DeclareArea
    | MoveWithVoice
)
"""What a person asks of the robot's motion process, each with an id that is acknowledged."""

MediaMessage = RtcOffer | RtcCandidate | RtcClose | ChooseCamera | SpeakTo
"""What a person says to the robot's media plane."""

StageMessage = ShowControl | Say | Hush
"""What a person asks of the robot's show and speech, each with an id that is acknowledged."""

StateMessage = Drive | Look | LeaseRenew | Watch
"""What a person says again and again, of which only the newest counts; not acknowledged."""

FromPerson = StateMessage | RequestMessage | MediaMessage | StageMessage | Ping
"""Everything that a person may send after `Hello`, to bridge or robot."""

AtBridge = FromPerson | Preflight | Note
"""Everything that a person may send to the bridge after `Hello`."""

OnRoad = Ping | PictureArrivals
"""What the robot's media plane answers or uses itself, and only over the peer-to-peer data channel."""

ToPerson = (
    Welcome
    | Roster
    | IceServers
    | Pong
    | Ack
    | StopAck
    | RtcAnswer
    | Telemetry
    | Status
    | Sound
    | Cameras
    | Checked
    | Readiness
    | Uplinks
    | Noted
    | ShowPlan
    | Show
    | Speech
    | PictureTimes
    | Event
)
"""Everything that a person may receive."""

FromRobot = ToPeer | Ping
"""Everything that a robot may send to the bridge after `RobotHello`."""

ToRobot = Welcome | Roster | IceServers | Pong | FromPeer
"""Everything that a robot may receive from the bridge."""


_FINAL_CODES: Final = range(4400, 4500)


class CloseCode(enum.IntEnum):
    """Why the bridge closes a WebSocket. 4400-4499: do not redial without a change; others: redial with back-off."""

    GOING_AWAY = 1001  # the bridge drains
    TOO_LARGE = 1009
    BAD_HELLO = 4400
    BAD_CREDENTIAL = 4401
    FORBIDDEN = 4403
    VERSION = 4406
    REPLACED = 4409  # the same peer came in through another connection
    REFUSED_TOO_OFTEN = 4422  # three malformed frames
    HELLO_TIMEOUT = 4500
    TOO_SLOW = 4508  # did not read for 2 s
    CROWDED = 4529  # too many connections


def is_final(code: CloseCode) -> bool:
    """Return whether `code` says not to come back as things are."""
    return code in _FINAL_CODES
