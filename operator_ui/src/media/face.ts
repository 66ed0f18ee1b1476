/** The presenter's camera, whose face the robot shows: off until somebody switches it on. */
import { signal } from "@preact/signals";
import { type DeviceTrouble, openDevices } from "./devices";

/** Why there is no face though it was asked for. */
export type FaceTrouble = DeviceTrouble;

export type FaceState =
  | { readonly kind: "off"; readonly trouble: FaceTrouble | null }
  | { readonly kind: "opening" }
  | { readonly kind: "on"; readonly stream: MediaStream };

/** Small: the robot's face is, and the presenter's uplink is for the voice first. */
const WANTED: MediaStreamConstraints = {
  video: {
    width: { ideal: 320 },
    height: { ideal: 240 },
    frameRate: { ideal: 15, max: 15 },
    facingMode: "user",
  },
};

export interface FaceOptions {
  /** Give the track to the robot, or take it away. */
  readonly setFace: (track: MediaStreamTrack | null) => void;
  /** Missing on pages that came without TLS. */
  readonly devices: MediaDevices | undefined;
}

export class Face {
  readonly state = signal<FaceState>({ kind: "off", trouble: null });
  readonly #options: FaceOptions;
  #turn = 0;

  constructor(options: FaceOptions) {
    this.#options = options;
  }

  /** Ask for the camera and show the face. */
  async turnOn(): Promise<void> {
    if (this.state.peek().kind !== "off") return;
    this.#turn += 1;
    const turn = this.#turn;
    this.state.value = { kind: "opening" };
    const opened = await openDevices(this.#options.devices, WANTED);
    if (turn !== this.#turn) {
      if (typeof opened !== "string") stop(opened);
      return;
    }
    const track = typeof opened === "string" ? undefined : opened.getVideoTracks()[0];
    if (typeof opened === "string" || track === undefined) {
      this.state.value = { kind: "off", trouble: typeof opened === "string" ? opened : "absent" };
      return;
    }
    track.addEventListener("ended", () => this.#end("lost"));
    this.state.value = { kind: "on", stream: opened };
    this.#options.setFace(track);
  }

  /** Show no face any more, and let go of the camera: its light goes out. */
  turnOff(): void {
    this.#end(null);
  }

  #end(trouble: FaceTrouble | null): void {
    this.#turn += 1;
    const state = this.state.peek();
    if (state.kind === "off") return;
    this.#options.setFace(null);
    if (state.kind === "on") stop(state.stream);
    this.state.value = { kind: "off", trouble };
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
