/** From a hand to metres a second: dead zone, curve, pace, the robot's own caps. */
import type { RobotProfile, WireTwist } from "../wire/messages.gen";
import type { Hand, Pace } from "./hand";

export const DEAD_ZONE = 0.12;

/** Each pace's share of the robot's own top speed. */
export const PACE_SHARE: Readonly<Record<Pace, number>> = { slow: 0.35, normal: 0.7, fast: 1 };

const CURVE = 0.4;

export const STILL: WireTwist = { vx_mps: 0, vy_mps: 0, wz_radps: 0 };

/** Return a stick axis in [-1, 1] without its dead zone, rescaled so that it begins at zero, softer near the middle. */
export function shapeAxis(raw: number): number {
  if (!Number.isFinite(raw)) return 0;
  const size = Math.min(1, Math.abs(raw));
  if (size <= DEAD_ZONE) return 0;
  const rest = (size - DEAD_ZONE) / (1 - DEAD_ZONE);
  return Math.sign(raw) * (rest * (1 - CURVE) + rest ** 3 * CURVE);
}

/** Return the velocity that a hand asks of a robot. Still while the hand is off. */
export function twistOf(hand: Hand, chosen: Pace, profile: RobotProfile): WireTwist {
  if (!hand.deadMan) return STILL;
  const share = PACE_SHARE[hand.pace ?? chosen];
  const length = Math.max(1, Math.hypot(hand.forward, hand.left));
  const speed = (profile.max_speed_mps * share) / length;
  return {
    vx_mps: rounded(hand.forward * speed),
    vy_mps: profile.holonomic ? rounded(hand.left * speed) : 0,
    wz_radps: rounded(hand.turn * profile.max_turn_radps * share),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000 || 0; // never -0
}
