/** Opening the microphone, and why it does not open. */

export type MicTrouble = "insecure" | "denied" | "absent" | "busy" | "lost" | "failed";

/** As for a call: the robot plays what comes, so the browser keeps its own loudspeaker and the room's noise out of it. */
const WANTED: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

/** Return the microphone's track, or why there is none. `devices` is missing on pages that came without TLS. */
export async function openMicrophone(
  devices: MediaDevices | undefined,
): Promise<MediaStreamTrack | MicTrouble> {
  if (devices === undefined) return "insecure";
  try {
    const [track] = (await devices.getUserMedia(WANTED)).getAudioTracks();
    return track ?? "absent";
  } catch (fault) {
    return troubleOf(fault);
  }
}

function troubleOf(fault: unknown): MicTrouble {
  switch (fault instanceof Error ? fault.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "absent";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}
