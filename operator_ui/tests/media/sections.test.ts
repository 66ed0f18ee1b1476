import { afterEach, describe, expect, it, vi } from "vitest";
import { sectionsOf } from "../../src/media/sections";

interface Section {
  readonly kind: string;
  readonly direction: string | undefined;
  codecs: string[] | null;
}

/** A connection that only notes which sections were added. */
function connection(): { readonly pc: RTCPeerConnection; readonly added: Section[] } {
  const added: Section[] = [];
  const addTransceiver = (kind: string, init?: RTCRtpTransceiverInit) => {
    const section: Section = { kind, direction: init?.direction, codecs: null };
    added.push(section);
    const setCodecPreferences = (codecs: RTCRtpCodec[]) => {
      section.codecs = codecs.map((each) => each.mimeType);
    };
    return { setCodecPreferences };
  };
  return { pc: { addTransceiver } as unknown as RTCPeerConnection, added };
}

function browserWith(video: readonly string[], audio: readonly string[]): void {
  const known = (kind: string) => ({
    codecs: (kind === "video" ? video : audio).map((mimeType) => ({ mimeType })),
  });
  vi.stubGlobal("RTCRtpReceiver", { getCapabilities: known });
  vi.stubGlobal("RTCRtpSender", { getCapabilities: known });
}

afterEach(() => vi.unstubAllGlobals());

describe("the sections of a call", () => {
  it("are the picture, the sound both ways and the face, in this order, each with what the robot speaks", () => {
    browserWith(["video/VP8", "video/rtx", "video/H264", "video/AV1"], ["audio/opus", "audio/PCMU"]);
    const { pc, added } = connection();

    const sections = sectionsOf(pc, { face: true, media: "all" });

    expect(added).toEqual([
      { kind: "video", direction: "recvonly", codecs: ["video/rtx", "video/H264"] },
      { kind: "audio", direction: "sendrecv", codecs: ["audio/opus"] },
      { kind: "video", direction: "sendonly", codecs: ["video/VP8", "video/rtx"] },
    ]);
    expect(sections.face).not.toBeNull();
  });

  it.each([
    ["sound", "inactive", "sendrecv"],
    ["commands", "inactive", "inactive"],
  ] as const)("keep their places when only %s is wanted", (media, picture, sound) => {
    browserWith(["video/VP8", "video/H264"], ["audio/opus"]);
    const { pc, added } = connection();

    const sections = sectionsOf(pc, { face: true, media });

    expect(added.map(({ direction }) => direction)).toEqual([picture, sound]);
    expect(sections.face).toBeNull();
  });

  it("hold no face for those who have none to show", () => {
    browserWith(["video/VP8", "video/H264"], ["audio/opus"]);
    const { pc, added } = connection();

    expect(sectionsOf(pc, { face: false, media: "all" }).face).toBeNull();
    expect(added.map((each) => each.kind)).toEqual(["video", "audio"]);
  });

  it("are left as the browser offers them when it has not one of the robot's codecs: the robot says why not", () => {
    browserWith(["video/VP9", "video/rtx"], ["audio/PCMU"]);
    const { pc, added } = connection();

    sectionsOf(pc, { face: true, media: "all" });

    expect(added.map((each) => each.codecs)).toEqual([null, null, null]);
  });
});
