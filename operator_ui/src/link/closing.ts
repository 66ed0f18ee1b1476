/** Why a link is down, from the close code of the WebSocket. 44xx are final: dialling again changes nothing. */
import { CLOSE_CODES } from "../wire/messages.gen";

/** The reasons after which the page stops dialling. */
export type FinalReason =
  | "bad_hello"
  | "bad_invite"
  | "forbidden"
  | "version"
  | "replaced"
  | "refused_too_often";

/** The reasons after which it dials again. */
export type PassingReason =
  | "unreachable"
  | "lost"
  | "silent"
  | "draining"
  | "too_slow"
  | "crowded"
  | "offline";

export type Closing =
  | { readonly final: true; readonly reason: FinalReason }
  | { readonly final: false; readonly reason: PassingReason };

const FINAL: Readonly<Record<number, FinalReason>> = {
  [CLOSE_CODES.BAD_HELLO]: "bad_hello",
  [CLOSE_CODES.BAD_CREDENTIAL]: "bad_invite",
  [CLOSE_CODES.FORBIDDEN]: "forbidden",
  [CLOSE_CODES.VERSION]: "version",
  [CLOSE_CODES.REPLACED]: "replaced",
  [CLOSE_CODES.REFUSED_TOO_OFTEN]: "refused_too_often",
};

const PASSING: Readonly<Record<number, PassingReason>> = {
  [CLOSE_CODES.GOING_AWAY]: "draining",
  [CLOSE_CODES.TOO_SLOW]: "too_slow",
  [CLOSE_CODES.CROWDED]: "crowded",
};

/** Return what the close code means. `welcomed` says whether the bridge had let this page in before. */
export function closingOf(code: number, welcomed: boolean): Closing {
  const final = FINAL[code];
  if (final !== undefined) return { final: true, reason: final };
  if (code >= 4400 && code < 4500) return { final: true, reason: "bad_hello" };
  return { final: false, reason: PASSING[code] ?? (welcomed ? "lost" : "unreachable") };
}
