/** The sections of a call, all offered at once, so that nothing is renegotiated later. Their order is the robot's key. */

/** The face is small on the robot: it must not take the room of what the presenter needs. */
const FACE_ENCODING: RTCRtpEncodingParameters = { maxBitrate: 250_000, maxFramerate: 15 };

export interface Sections {
  /** The first video section: the robot's picture. */
  readonly picture: RTCRtpTransceiver;
  /** Both ways: the hall's sound, and this microphone. */
  readonly sound: RTCRtpTransceiver;
  /** The second video section: the presenter's face; null where nobody's face is wanted. */
  readonly face: RTCRtpTransceiver | null;
}

/** What is to come in: on a link that cannot bear the picture, the sound alone, or neither. */
export type WantedMedia = "all" | "sound" | "commands";

/** What a call is to hold beside the direct road. */
export interface WantedSections {
  /** A section for the presenter's own face, on its way to the robot. */
  readonly face: boolean;
  readonly media: WantedMedia;
}

/**
 * Add the sections to a new connection. Only codecs that the robot speaks are offered: the offer has to fit a frame.
 * What is not wanted is offered all the same, and inactive: the robot knows the sections by their order.
 */
export function sectionsOf(pc: RTCPeerConnection, { face, media }: WantedSections): Sections {
  const picture = pc.addTransceiver("video", { direction: media === "all" ? "recvonly" : "inactive" });
  prefer(picture, RTCRtpReceiver.getCapabilities("video"), /^video\/(h264|rtx)$/i);
  const sound = pc.addTransceiver("audio", { direction: media === "commands" ? "inactive" : "sendrecv" });
  prefer(sound, RTCRtpReceiver.getCapabilities("audio"), /^audio\/opus$/i);
  return { picture, sound, face: face && media === "all" ? faceOf(pc) : null };
}

function faceOf(pc: RTCPeerConnection): RTCRtpTransceiver {
  const face = pc.addTransceiver("video", { direction: "sendonly", sendEncodings: [FACE_ENCODING] });
  prefer(face, RTCRtpSender.getCapabilities("video"), /^video\/(vp8|rtx)$/i);
  return face;
}

function prefer(section: RTCRtpTransceiver, known: RTCRtpCapabilities | null, wanted: RegExp): void {
  const codecs = known?.codecs.filter(({ mimeType }) => wanted.test(mimeType)) ?? [];
  if (codecs.some(({ mimeType }) => !/rtx$/i.test(mimeType))) section.setCodecPreferences(codecs);
}
