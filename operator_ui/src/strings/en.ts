/** Every word of the pages, in English. The Chinese pages have the same keys, by type. */
import type { FinalReason, PassingReason } from "../link/closing";
import type { Part } from "../media/glass";
import type { NoPicture } from "../media/picture";
import type { LoopParts } from "../session/hud";
import type { WishType } from "../session/requests";
import type { Reason, StateWord, StopTrouble } from "../session/state-word";
import type { StopProgress } from "../session/stop-flow";
import type {
  CameraHealth,
  Event,
  Limit,
  Refusal,
  RobotState,
  Role,
  StopCause,
  StopLevel,
} from "../wire/messages.gen";
import { faceEn } from "./face-en";
import { clockTime, speed, speedIn } from "./figures";
import { gestureEn } from "./gesture-en";
import { linkEn } from "./link-en";
import { preflightEn } from "./preflight-en";
import { readinessEn } from "./readiness-en";
import { notesEn, showEn, speechEn } from "./show-en";
import { voiceEn } from "./voice-en";
import { watchEn } from "./watch-en";

const role: Record<Role, string> = { presenter: "presenter", staff: "staff", observer: "observer" };

const person = (name: string | null, fallback = "somebody") => name ?? fallback;

const stoppedBy: Record<StopCause, (who: string) => string> = {
  person: (who) => `Stopped by ${who}`,
  boot: () => "The robot has just started, and it starts stopped",
  hardware: () => "Stopped by the hard-wired stop beside the stage",
  driver_fault: () => "Stopped: the robot reports a fault",
  agent_silent: () => "Stopped: the robot lost its own link program",
  edge: () => "Stopped at the edge of the stage",
  tilt: () => "Stopped: the robot was tilting",
  odometry: () => "Stopped: the robot moved otherwise than it was told",
  staff_silent: () => "Stopped: no staff watched the robot",
  suspend: () => "Stopped: the robot's computer paused",
  motion_died: () => "Stopped: the robot's motion program ended and starts anew",
  local: () => "Stopped at the robot itself",
};

const holding: Partial<Record<Limit, string>> = {
  driver_fault: "Standing still: the robot reports a fault. Ask the staff to look at it.",
  agent_silent:
    "Standing still: the robot's link program does not answer. Let go, and hold again when it is back.",
  no_staff: "Standing still: no staff watch the robot. Let go, and hold again when they are back.",
  pose_unknown:
    "Standing still: the robot does not know where on the stage it is. Ask the staff to look at it.",
  staff_cap: "Standing still: the staff have capped the speed at zero.",
  loop_delay: "Standing still: the link is too slow to drive by.",
  handover: "Standing still while the controls change hands.",
  silence: "Standing still: your commands do not arrive. Let go, wait for the link, then hold again.",
  echo_age:
    "Standing still: what you know of the robot is too old. Let go, wait for the link, then hold again.",
  picture_age: "Standing still: your picture is too old to drive by. Let go and wait until it moves again.",
  no_picture: "Standing still: you have no picture yet, and nobody drives blind.",
  not_neutral: "Standing still: let go of the controls for a moment, then hold again.",
};

const slowedBy = (limit: Limit, loopMs: number | null): string => {
  if (limit === "edge") return "the edge of the stage is near";
  if (limit === "staff_cap") return "the staff cap the speed";
  if (loopMs !== null) return `what you see and do is ${Math.round(loopMs)} ms apart`;
  return "the link is slow";
};

/** What must happen on site before staff can clear a STOP that is above the mildest. */
const onSite: Record<Exclude<StopLevel, "settle">, string> = {
  damp: "It is limp: release it on site, then staff can clear it.",
  cut: "Its power is cut: release it on site, then staff can clear it.",
};

const passing: Record<PassingReason, string> = {
  unreachable: "The bridge cannot be reached",
  lost: "The connection to the bridge broke",
  silent: "The bridge has gone silent",
  draining: "The bridge is restarting",
  too_slow: "This connection was too slow for the bridge",
  crowded: "The bridge has too many connections",
  offline: "This device is offline",
};

const stopTrouble: Record<StopTrouble, string> = {
  ended: "STOP was not sent: this page reaches nobody. Use the button on the robot, or call the staff.",
  no_link: "STOP was not sent: there is no link. Use the button on the robot, or call the staff.",
  robot_away: "STOP does not reach the robot: it is not connected. Use the button on it, or call the staff.",
  muted: "STOP here does not reach the robot: the staff have muted this page. Call them to stop it.",
  unconfirmed: "The robot has not confirmed the STOP. Use the button on the robot, or call the staff.",
};

const reasonText = (reason: Reason): string => {
  switch (reason.kind) {
    case "no_token":
    case "ended":
      return "This page is not connected to the stage.";
    case "dialling":
      return "Reaching the bridge.";
    case "redialling":
      return `${passing[reason.why]}. ${
        reason.inS === null ? "Trying again now." : `Trying again in ${reason.inS} s.`
      }`;
    case "robot_away":
      return "The robot is not connected to the bridge.";
    case "robot_awaited":
      return "In the room; waiting for the robot's first word.";
    case "robot_silent":
      return `Nothing heard from the robot for ${reason.forS} s. It stops by itself without its link.`;
    case "stopped": {
      const who =
        reason.role === null ? "somebody" : `${role[reason.role]}${reason.name ? ` (${reason.name})` : ""}`;
      const what = reason.cause === null ? "Stopped" : stoppedBy[reason.cause](who);
      const when =
        reason.atUnixMs === null || reason.cause === "boot" ? "" : ` at ${clockTime(reason.atUnixMs)}`;
      let next = reason.staff ? "When the stage is safe, clear it in two steps." : "Staff must clear it.";
      if (reason.level !== "settle") next = onSite[reason.level];
      else if (reason.moving) next = "Coming to rest.";
      return `${what}${when}. ${next}`;
    }
    case "stop_sent":
      return "STOP is sent again and again until the robot answers.";
    case "drive_ready":
      return "Hold a key, the stick or LB to move. Let go to stand still.";
    case "drive_moving":
      return reason.speedMps < 0.005
        ? "Moving on the spot."
        : `${speed(reason.speedMps)}. Let go to stand still.`;
    case "drive_slowed":
      return `Slowed to ${speed(reason.allowedMps)}: ${slowedBy(reason.limit, reason.loopMs)}.`;
    case "performing":
      return gestureEn.performing(reason.gesture);
    case "drive_at_edge":
      return "No further that way: the edge of the stage. Turn, or drive away from it.";
    case "drive_holding":
      return holding[reason.limit] ?? "Standing still: let go of the controls for a moment, then hold again.";
    case "offered":
      return `${person(reason.by, "The staff")} offers you the controls.`;
    case "asked":
      return reason.driven
        ? `${person(reason.driver, "Somebody")} drives now. The staff see your request.`
        : "Your request is on its way.";
    case "free":
      return reason.mayAsk ? "Nobody drives. You may ask to." : "Nobody drives.";
    case "driven":
      return `${person(reason.driver, "Somebody")} drives${reason.moving ? `, ${speed(reason.speedMps)}` : "; standing still"}.`;
    case "driven_slowed":
      return `${person(reason.driver, "Somebody")} drives, slowed to ${speed(reason.allowedMps)}: ${slowedBy(reason.limit, reason.loopMs)}.`;
    case "driven_at_edge":
      return `${person(reason.driver, "Somebody")} drives, and is at the edge of the stage.`;
    case "driven_holding":
      return `${person(reason.driver, "Somebody")} drives; the robot waits: ${limit[reason.limit].toLowerCase()}.`;
    default:
      return reason satisfies never;
  }
};

const limit: Record<Limit, string> = {
  stopped: "STOP",
  driver_fault: "Robot fault",
  agent_silent: "Link silent",
  no_staff: "No staff",
  pose_unknown: "No position",
  gesture: "Gesture",
  no_lease: "No driver",
  handover: "Hand-over",
  silence: "Silence",
  echo_age: "Old state",
  picture_age: "Old picture",
  no_picture: "No picture",
  not_neutral: "Let go first",
  dead_man: "Hands off",
  loop_delay: "Loop delay",
  edge: "Stage edge",
  staff_cap: "Staff cap",
  cap: "Top speed",
  slew: "Smoothing",
  none: "Nothing",
};

const stateWord: Record<StateWord, string> = {
  connecting: "Connecting",
  viewing: "Viewing",
  asked: "Asked to drive",
  you_drive: "You drive",
  performing: "Performing",
  slowed: "Slowed",
  holding: "Holding",
  stopped: "Stopped",
  link_lost: "Link lost",
};

const robotState: Record<RobotState, string> = {
  boot: "Starting",
  stopping: "Stopping",
  stopped: "Stopped",
  ready: "Free",
  leased: "Standing",
  driving: "Driving",
  degraded: "Driving, slowed",
  hold: "Holding",
  gesture: "Performing",
};

const noPicture: Record<NoPicture, string> = {
  not_called: "The robot is not called yet.",
  calling: "Calling the robot.",
  no_answer: "The robot does not answer the call. Calling again.",
  refused: "The robot could not take the call. Calling again.",
  failed: "No way to the robot's picture was found, or it broke. Trying again.",
  lost: "Nothing is heard of the robot. Its picture comes back with the network.",
  frozen: "The robot sends no pictures. Calling again.",
  frugal: "Low bandwidth: the picture is switched off on this page.",
};

const refusal: Record<Refusal, string> = {
  malformed: "The robot did not understand this page. Reload it.",
  role: "Your role may not do that.",
  no_robot: "The robot is not connected. Try again when it is back.",
  fault: "What caused the stop is still there. It must be mended first.",
  no_bridge: "The bridge is away, and nobody new may drive until it is back.",
  stopped: "STOP is latched. Staff must clear it first.",
  not_stopped: "Nothing is stopped, so there is nothing to clear.",
  moving: "The robot still moves. Wait until it stands.",
  held: "Somebody else has the controls.",
  not_holder: "You do not have the controls.",
  wrong_epoch: "The robot has restarted since. Try again.",
  wrong_fence: "The controls have changed hands since. Try again.",
  replayed: "That was said before.",
  stale: "That came too late. Try again.",
  unknown_beacon: "The robot does not know what you saw. Try again.",
  no_offer: "There is no such offer any more.",
  expired: "Too late: it has lapsed. Begin again.",
  busy: "The controls are just changing hands. Wait a moment.",
  unknown_peer: "That person is not in the room any more.",
  wrong_code: "The second step did not match the first. Begin again.",
  on_site: "Only somebody beside the robot can do that: it must be released there first.",
  muted: "The staff have muted this page; the robot does not hear it.",
  gesture: "A gesture runs. Wait until it is done, or cancel it.",
  no_gesture: "No gesture runs any more.",
  unknown_gesture: "This robot does not know that gesture.",
  hand_on: "Let go of the controls first; a gesture begins with the hands off.",
  not_allowed: "The staff have switched gestures off.",
  no_staff: "No staff watch the robot. Wait until they are back.",
  no_report: "The robot says nothing of itself. Wait until it does.",
  overloaded: "Too much at once. Wait a moment.",
  media: "The robot could not open the picture.",
  area: "The staff must declare the area around the robot clear first.",
  no_show: "No show is loaded onto this robot.",
  show_over: "The show is over. Begin it from the top.",
  unknown_cue: "The show has no such cue.",
  needs: "Something that this cue needs does not hold; the run of show says what.",
  no_speech: "This robot cannot speak by itself.",
};

const wish: Record<WishType, string> = {
  reset_prepare: "Clear, step 1",
  reset_confirm: "Clear, step 2",
  lease_request: "Ask to drive",
  lease_withdraw: "Withdraw the request",
  lease_return: "Give back the controls",
  lease_offer: "Offer the controls",
  lease_accept: "Accept",
  lease_decline: "Decline",
  lease_take: "Take the controls",
  lease_revoke: "Revoke",
  cap_speed: "Cap the speed",
  mute: "Mute",
  gesture_begin: "Gesture",
  gesture_cancel: "Cancel the gesture",
  allow_gestures: "Gestures on or off",
  choose_camera: "Choose the camera",
  declare_area: "Declare the area",
  move_with_voice: "Move with the voice",
  show_control: "Run of show",
  say: "Say it",
  hush: "Hush",
  note: "Note",
};

/** Why a request was refused. Who offers the controls to somebody muted is not muted for it. */
const refusalText = (asked: WishType, why: Refusal): string => {
  if (asked === "lease_offer" && why === "muted") return "That person is muted.";
  if (asked === "choose_camera" && why === "media") return "The robot has no such camera.";
  return refusal[why];
};

/** Names in an event, already looked up. */
export interface EventNames {
  readonly by: string | null;
  readonly to: string | null;
}

const eventText = (event: Event, names: EventNames): string => {
  const by = person(event.name ?? names.by, event.role ? role[event.role] : "somebody");
  const to = person(names.to);
  switch (event.kind) {
    case "joined":
      return `${by} came in${event.role ? ` as ${role[event.role]}` : ""}`;
    case "left":
      return `${by} left`;
    case "robot_online":
      return "The robot is connected";
    case "robot_offline":
      return "The robot is not connected any more";
    case "stopped":
      return stoppedBy[event.cause ?? "person"](by);
    case "reset":
      return `${by} cleared the STOP`;
    case "asked":
      return `${by} asked to drive`;
    case "granted":
      return `${event.to ? to : by} has the controls`;
    case "offered":
      return `${by} offered the controls to ${to}`;
    case "offer_lapsed":
      return "The offer lapsed";
    case "taken":
      return `${by} took the controls`;
    case "returned":
      return `${by} gave the controls back`;
    case "revoked":
      return `${by} revoked the controls`;
    case "lease_expired":
      return `${by === "somebody" ? "The driver" : by} fell silent and lost the controls`;
    case "hold":
      return `The robot waits: ${limit[event.limit ?? "none"].toLowerCase()}`;
    case "fault":
      return `Fault: ${event.detail || "the robot did not say more"}`;
    case "capped": {
      const cap = speedIn(event.detail ?? "");
      return cap === null ? `${by} lifted the speed cap` : `${by} capped the speed at ${cap}`;
    }
    case "muted":
      return `${by} muted ${to}, STOP included`;
    case "unmuted":
      return `${by} unmuted ${to}`;
    case "gesture_begun":
      return gestureEn.begun(by, event.gesture);
    case "gesture_done":
      return gestureEn.done(event.gesture);
    case "gesture_aborted":
      return gestureEn.aborted(event.gesture, event.ended ?? "failed", by, event.detail ?? "");
    case "gestures_on":
      return gestureEn.switchedOn(by);
    case "gestures_off":
      return gestureEn.switchedOff(by);
    case "area_clear":
      return showEn.areaClearEvent(by);
    case "area_not_clear":
      return showEn.areaNotClearEvent;
    case "cue":
      return showEn.cueEvent(event.detail ?? "");
    case "show_held":
      return showEn.heldEvent(event.detail ?? "");
    case "show_ended":
      return showEn.endedEvent;
    case "spoke":
      return showEn.spokeEvent(by, event.detail ?? "");
    case "uplink_up":
      return `The robot's uplink ${event.detail || "without a name"} is up`;
    case "uplink_down":
      return `The robot's uplink ${event.detail || "without a name"} is lost; another one carries on`;
    default:
      return event.kind satisfies never;
  }
};

export const en = {
  language: "English",
  otherLanguage: "中文",
  switchLanguage: "切换到中文",
  productName: "Stagebridge",
  presenterTitle: "Presenter",
  staffTitle: "Stage staff",
  stateWord,
  robotState,
  role,
  limit,
  refusal,
  refusalText,
  wish,
  noPicture,
  reasonText,
  eventText,
  gesture: gestureEn,
  stop: {
    word: "STOP",
    all: "STOP ALL",
    name: "STOP the robot",
    allName: "STOP every robot in this room",
    progress: {
      idle: "Space or Esc",
      muted: "not heard",
      cut_off: "reaches nobody",
      unsent: "not sent",
      sent: "sent …",
      unconfirmed: "not confirmed",
      stopping: "stopping …",
      stopped: "robot stopped",
    } satisfies Record<StopProgress, string>,
  },
  stopTrouble,
  drive: {
    heading: "Controls",
    nobody: "Nobody drives",
    unknown: "Who drives is not known",
    you: "You drive",
    other: (name: string | null) => `${person(name, "Somebody")} drives`,
    ask: "Ask to drive",
    asking: "Asking …",
    withdraw: "Withdraw request",
    giveBack: "Give back",
    accept: "Accept",
    decline: "Decline",
    offer: (by: string | null, inS: number) =>
      `${person(by, "The staff")} offers you the controls, for ${inS} s.`,
    offered: (to: string | null) => `Offered to ${person(to)}.`,
    capped: (cap: string) => `The staff cap the speed at ${cap}.`,
    pace: "Speed",
    paceOf: { slow: "Slow", normal: "Normal", fast: "Fast" },
    stick: "Drive stick: hold and push",
    stickOff: "The stick works while you drive.",
    watchOnly: "You are here to watch. STOP works for you too.",
    watchOnlyMuted: "You are here to watch. The staff have muted this page, its STOP included.",
    blocked: {
      stopped: "Possible when the STOP is cleared.",
      away: "Possible once the robot is connected.",
      muted: "The staff have muted this page.",
    },
    padReady: "Gamepad ready: hold LB, or RB for fast; B is STOP.",
    padUnusable: "This gamepad's buttons are not in the standard order, so it is not used.",
  },
  face: faceEn,
  preflight: preflightEn,
  readiness: readinessEn,
  show: showEn,
  speech: speechEn,
  notes: notesEn,
  watch: watchEn,
  keys: {
    heading: "Keys",
    drive: "drive",
    turn: "turn",
    strafe: "sideways",
    slow: "slow",
    stop: "STOP",
    talk: "talk",
    talkBackstage: "talk backstage",
    mute: "mute",
    help: "show or hide this",
    open: "Keys",
    close: "Close (?)",
    pad: "Gamepad",
    padHold: "hold to drive",
    padFast: "hold to drive fast",
    padLeft: "Left\u00a0stick",
    padDrive: "drive and turn",
    padRight: "Right\u00a0stick",
    padCross: "Cross",
    padGestures: "gestures 1 to 4",
    padNote:
      "Letting go of LB and RB stops the robot. Space, Esc, B and Back are STOP at any time, also while you read this.",
  },
  voice: voiceEn,
  hud: {
    heading: "Figures of the link",
    loop: "Loop delay",
    loopParts: ({ pictureMs, pageMs, commandMs }: LoopParts) =>
      `= picture ${pictureMs} + page ${pageMs} + command ${commandMs}`,
    loopMeaning:
      "From the stage to your eye, and from your hand to the wheels. Picture: until it was on this screen. Page: until the next command left. Command: its way to the robot.",
    loopHistory: "Loop delay, last minute",
    rtt: "Round trip",
    direct: "direct",
    viaBridge: "bridge",
    fps: "Pictures",
    bitrate: "Bit rate",
    speed: "Speed asked → applied",
    allowed: (mps: string) => `max ${mps}`,
    limit: "Limited by",
    glass: "Lens to screen",
    glassUnknown: "not measured yet",
    glassSpread: (p95Ms: number, errorMs: number) => `95 % within ${p95Ms}, ±${errorMs}`,
    glassMeaning:
      "How old the stage is on this screen, over the last ten seconds. Capture: until encoding began. Encode. Network: until the last packet was here. Buffer: its wait in the browser. Decode. Display: until the screen shows it. ± is what the two clocks may differ.",
    glassParts: {
      capture: "capture",
      encode: "encode",
      network: "network",
      buffer: "buffer",
      decode: "decode",
      display: "display",
    } as Readonly<Record<Part, string>>,
  },
  picture: {
    name: "Live picture of the stage",
    waiting: "No picture yet",
    stale: (age: string) => `The picture is ${age} old`,
    bridgeAway: "The bridge is away; the direct road to the robot holds.",
  },
  staff: {
    robot: "Robot",
    driver: "Driver",
    nobody: "nobody",
    battery: "Battery",
    commandAge: "Last command",
    speed: "Speed",
    limit: "Limited by",
    unknown: "unknown",
    controls: "Who drives",
    take: "Take the controls",
    takeNote: "The robot comes to rest first; then you drive.",
    revoke: "Revoke",
    requests: "Requests",
    noRequests: "Nobody asks to drive.",
    grant: "Grant",
    grantName: (name: string) => `Grant the controls to ${name}`,
    people: "In the room",
    offer: "Hand over",
    offerName: (name: string) => `Hand over the controls to ${name}`,
    you: "you",
    drives: { now: "drives", last: "drove when last heard" },
    gone: "not in the room",
    mute: "Mute",
    muteName: (name: string) => `Mute ${name}`,
    muteAsk: (name: string) =>
      `The robot will hear nothing more from ${name}, not even STOP, until you unmute ${name}.`,
    muteNow: "Mute, STOP included",
    cancel: "Cancel",
    unmute: "Unmute",
    unmuteName: (name: string) => `Unmute ${name}`,
    muted: "Muted, STOP included",
    cap: "Speed cap",
    capName: "Highest speed of whoever drives",
    capNone: "No cap",
    capFree: (max: string) => `The robot's own top speed: ${max}.`,
    capHolds: "Holds for all, until staff lift it.",
    capZero: "The robot stays where it is.",
    capUnknown: "The robot is not heard.",
    watch: "The robot moves only while a staff page is open and in view.",
    reset: "Clear the STOP",
    resetStill: "Look at the stage first: nobody within reach, nothing in the way.",
    reset1: "1 · The stage is safe",
    reset2: "2 · Clear now",
    resetBy: (name: string | null, inS: number) => `Step 1 was taken by ${person(name)}; ${inS} s left.`,
    resetNeeds: "Step 2 opens after step 1. Nothing moves when the STOP is cleared.",
    resetNothing: "Nothing is stopped.",
    resetUnknown: "Whether the robot is stopped is not known.",
    resetOnSite: {
      damp: "The robot is limp. Release it beside the robot, on the hall's page or at the contact.",
      cut: "The robot's power is cut. Release it beside the robot, on the hall's page or at the contact.",
    } satisfies Record<Exclude<StopLevel, "settle">, string>,
    resetReleaseFirst: "First release it on site",
    resetMoving: "Possible once the robot stands still.",
    events: "Events",
    noEvents: "Nothing has happened yet.",
    figures: "Link",
    faults: "Faults",
  },
  cameras: {
    heading: "Cameras",
    drive: "for driving",
    note: "What is chosen fills the picture, for everybody.",
    missing: (name: string, why: string) => `${name}: ${why}`,
    health: { frozen: "frozen", absent: "no picture" } satisfies Record<
      Exclude<CameraHealth, "live">,
      string
    >,
  },
  link: linkEn,
  outcome: {
    refused: (what: string, why: string) => `${what}: ${why}`,
    unanswered: (what: string) => `${what}: no answer from the robot. Check the link and try again.`,
    dismiss: "Dismiss",
  },
  trouble: {
    noTokenTitle: "This page needs its invite link",
    noToken: [
      "The address ends without an invite, so the bridge cannot know who you are. STOP here reaches nobody.",
      "Open the whole link that the staff sent you: it ends with # and a long row of letters. “stagebridge demo” prints one for each page.",
    ],
    unreachableTitle: "No link to the robot",
    unreachable: [
      "The robot does not move for this page. Until the link is back STOP here reaches nobody: use the button on the robot, or call the staff.",
      "This page dials again by itself. Check this device's network; if others have no trouble, ask the operator whether the bridge runs.",
    ],
    endedTitle: {
      bad_hello: "The bridge did not understand this page",
      bad_invite: "This invite is not valid",
      forbidden: "This page may not use that bridge",
      version: "This page and the bridge do not fit together",
      replaced: "This page goes on in another tab",
      refused_too_often: "The bridge closed this page's connection",
    } satisfies Record<FinalReason, string>,
    ended: {
      bad_hello: "Reload it; if that does not help, ask the staff.",
      bad_invite: "Ask the staff for a new link.",
      forbidden: "Open the link exactly as you were given it.",
      version: "One is older than the other. Reload this page.",
      replaced:
        "It was opened again in another tab or window, which took over. Go on there, or reload to use this one.",
      refused_too_often:
        "It refused several of this page's messages. Reload it; if that does not help, ask the staff.",
    } satisfies Record<FinalReason, string>,
    endedRobot:
      "The robot does not move for this page, and STOP here reaches nobody: use the button on the robot, or call the staff.",
    robotAwayTitle: "The robot is away",
    robotAway: [
      "Without its link it stops by itself, and it keeps redialling. Until it is back STOP does not reach it: use the button on the robot, or call the staff.",
      "Nothing to do here: the picture comes when it is back. Staff can check its power and network.",
    ],
    reload: "Reload",
  },
};

export type Words = typeof en;
