/** Opening a camera or a microphone, and why it does not open. */

export type DeviceTrouble = "insecure" | "denied" | "absent" | "busy" | "lost" | "failed";

/** Return what was asked for, or why there is none. `devices` is missing on pages that came without TLS. */
export async function openDevices(
  devices: MediaDevices | undefined,
  wanted: MediaStreamConstraints,
): Promise<MediaStream | DeviceTrouble> {
  if (devices === undefined) return "insecure";
  try {
    return await devices.getUserMedia(wanted);
  } catch (fault) {
    return troubleOf(fault);
  }
}

function troubleOf(fault: unknown): DeviceTrouble {
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
