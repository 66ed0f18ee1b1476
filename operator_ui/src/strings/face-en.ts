import type { FaceTrouble } from "../media/face";

export const faceEn = {
  heading: "Your face",
  turnOn: "Show my face on the robot",
  opening: "Asking for the camera …",
  turnOff: "Show it no more",
  selfView: "What your camera sees",
  note: {
    off: "Your camera is off. The robot shows a resting face.",
    shown: "The robot shows your face.",
    waiting: "The robot shows it as soon as you drive.",
    noDisplay: "This robot has no display for a face.",
    noCall: "The robot is not called yet.",
  },
  trouble: {
    insecure: "A browser gives the camera only to pages that come over https. Open the https link.",
    denied:
      "The browser was told not to give this page the camera. Allow it in the address bar, then try again.",
    absent: "No camera was found. Plug one in, then try again.",
    busy: "Another program holds the camera. Close it, then try again.",
    lost: "The camera was unplugged or switched off. Plug it in, then try again.",
    failed: "The camera did not open. Try again, or choose another browser.",
  } satisfies Record<FaceTrouble, string>,
};

export type FaceWords = typeof faceEn;
