/** Opening the microphone. */
import { type DeviceTrouble, openDevices } from "./devices";

export type MicTrouble = DeviceTrouble;

/** As for a call: the robot plays what comes, so the browser keeps its own loudspeaker and the room's noise out of it. */
const WANTED: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

/** Return the microphone's track, or why there is none. `devices` is missing on pages that came without TLS. */
export async function openMicrophone(
  devices: MediaDevices | undefined,
): Promise<MediaStreamTrack | MicTrouble> {
  const opened = await openDevices(devices, WANTED);
  return typeof opened === "string" ? opened : (opened.getAudioTracks()[0] ?? "absent");
}
