import { describe, expect, it } from "vitest";
import { camerasOf } from "../../src/session/camera-view";
import { EMPTY_ROOM, reduceRoom } from "../../src/session/room";
import type { CameraState, Cameras, Role } from "../../src/wire/messages.gen";
import { ME } from "../builders";

const HEAD: CameraState = { name: "head", drive: true, health: "live" };
const FRONT: CameraState = { name: "front", drive: false, health: "live" };

function said(cameras: readonly CameraState[], at_unix_ms = 1, main = "head"): Cameras {
  return { type: "cameras", at_unix_ms, main, cameras: [...cameras] };
}

function roomOf(cameras: Cameras, role: Role = "presenter") {
  return reduceRoom({ ...EMPTY_ROOM, me: { ...ME, role } }, cameras, 0);
}

describe("the robot's cameras on a page", () => {
  it("are not shown before the robot spoke of them, nor when there is one and it works", () => {
    expect(camerasOf(EMPTY_ROOM)).toBeNull();
    expect(camerasOf(roomOf(said([HEAD])))).toBeNull();
  });

  it("are shown with the main one when there is a choice", () => {
    expect(camerasOf(roomOf(said([HEAD, FRONT], 1, "front")))).toEqual({
      main: "front",
      cameras: [HEAD, FRONT],
      mayChoose: true,
    });
  });

  it("show the only one when it is frozen, and leave nothing to choose", () => {
    const frozen: CameraState = { ...HEAD, health: "frozen" };
    expect(camerasOf(roomOf(said([frozen])))).toEqual({ main: "head", cameras: [frozen], mayChoose: false });
  });

  it("are not for observers to choose", () => {
    expect(camerasOf(roomOf(said([HEAD, FRONT]), "observer"))?.mayChoose).toBe(false);
    expect(camerasOf(roomOf(said([HEAD, FRONT]), "staff"))?.mayChoose).toBe(true);
  });

  it("are as the later of two words has it, whichever road was faster", () => {
    const room = roomOf(said([HEAD, FRONT], 2_000, "front"));
    expect(reduceRoom(room, said([HEAD, FRONT], 1_000, "head"), 0)).toBe(room);
    expect(reduceRoom(room, said([HEAD, FRONT], 2_001, "head"), 0).cameras?.main).toBe("head");
  });

  it("are believed again after the robot's clock was set back", () => {
    const room = roomOf(said([HEAD, FRONT], 1_000_000, "front"));
    expect(reduceRoom(room, said([HEAD, FRONT], 1, "head"), 0).cameras?.main).toBe("head");
  });
});
