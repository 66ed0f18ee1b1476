/** This page's check before a show: begun by a click, told as lines, ended at any time. */
import { signal } from "@preact/signals";
import type { PadState } from "../../drive/pad";
import type { BridgeClock } from "../../link/bridge-link";
import type { IceServer } from "../../wire/messages.gen";
import { SOAKS_S } from "./limits";
import { type Line, line } from "./line";
import { look } from "./look";
import type { ClockOffset } from "./rules-link";

export type Phase = "devices" | "ways" | "soak";

/** What the check uses of the session. */
export interface PreflightSeams {
  readonly page: Window;
  readonly bridgeOpen: () => boolean;
  readonly bridgeClock: () => BridgeClock | null;
  readonly servers: () => readonly IceServer[];
  readonly pad: () => PadState;
  readonly onAir: () => boolean;
  readonly cameraOn: () => boolean;
  readonly asPresenter: () => boolean;
  readonly pingBridge: (id: string) => boolean;
  readonly onPong: (hear: (id: string) => void) => void;
}

/** What was found, and when by the device's clock. */
export interface CheckResult {
  readonly lines: readonly Line[];
  readonly soakS: number;
  readonly atUnixMs: number;
}

export class Preflight {
  readonly result = signal<CheckResult | null>(null);
  readonly phase = signal<Phase | null>(null);
  /** When the soak that runs ends, by the monotonic clock. */
  readonly untilMs = signal<number | null>(null);
  readonly soakS = signal<number>(SOAKS_S[0]);
  readonly #seams: PreflightSeams;
  #ending = new AbortController();

  constructor(seams: PreflightSeams) {
    this.#seams = seams;
  }

  /** Look at everything; to be called from a click, as the browser asks for leave then. */
  async start(): Promise<void> {
    if (this.phase.peek() !== null) return;
    const seams = this.#seams;
    const soakS = this.soakS.peek();
    this.#ending = new AbortController();
    const here = {
      bridgeOpen: seams.bridgeOpen,
      clock: offsetOf(seams.bridgeClock(), performance.now(), Date.now()),
      servers: seams.servers(),
      pad: seams.pad(),
      onAir: seams.onAir(),
      cameraOn: seams.cameraOn(),
      pingBridge: seams.pingBridge,
      onPong: seams.onPong,
    };
    try {
      const lines = await look(seams.page, here, {
        soakMs: soakS * 1000,
        asPresenter: seams.asPresenter(),
        signal: this.#ending.signal,
        onPhase: (phase) => this.#enter(phase, soakS),
      });
      this.result.value = { lines, soakS, atUnixMs: Date.now() };
    } finally {
      this.phase.value = null;
      this.untilMs.value = null;
    }
  }

  /** End the soak now; what was measured so far counts. */
  end(): void {
    this.#ending.abort();
  }

  /** Somebody heard the tone that the microphone did not: with headphones that is as it should be. */
  confirmTone(): void {
    const result = this.result.peek();
    if (result === null) return;
    const lines = result.lines.map((each) =>
      each.check === "speaker" ? line("speaker", "green", "confirmed") : each,
    );
    this.result.value = { ...result, lines };
  }

  #enter(phase: Phase, soakS: number): void {
    this.phase.value = phase;
    this.untilMs.value = phase === "soak" ? performance.now() + soakS * 1000 : null;
  }
}

/** By how much this device's clock is ahead of the bridge's. */
export function offsetOf(clock: BridgeClock | null, nowMs: number, nowUnixMs: number): ClockOffset | null {
  if (clock === null) return null;
  return { aheadMs: nowUnixMs - (clock.unixMs + nowMs - clock.atMs), errorMs: clock.errorMs };
}
