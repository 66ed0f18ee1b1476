import { beforeEach, describe, expect, it, vi } from "vitest";
import { Screen } from "../../src/media/screen";
import { FakeStream } from "./fake-stream";

class Connection {
  closed = false;

  close(): void {
    this.closed = true;
  }
}

let screen: Screen;
const [first, second, third] = ["first", "second", "third"] as unknown as [
  MediaStreamTrack,
  MediaStreamTrack,
  MediaStreamTrack,
];

function connection(): RTCPeerConnection & Connection {
  return new Connection() as unknown as RTCPeerConnection & Connection;
}

beforeEach(() => {
  vi.stubGlobal("MediaStream", FakeStream);
  screen = new Screen();
  return () => vi.unstubAllGlobals();
});

describe("the screen", () => {
  it("keeps the connection of the last picture open until another picture takes its place", () => {
    const [old, young] = [connection(), connection()];
    screen.show(old, first);

    screen.retire(old);
    expect(old.closed).toBe(false);
    expect(screen.stream.getTracks()).toEqual([first]);

    screen.show(young, second);
    expect([old.closed, young.closed]).toEqual([true, false]);
    expect(screen.stream.getTracks()).toEqual([second]);
  });

  it("keeps one such connection at most, though no call between brought a frame", () => {
    const calls = [connection(), connection(), connection()];
    const tracks = [first, second, third];
    calls.forEach((pc, index) => {
      screen.show(pc, tracks[index] as MediaStreamTrack);
      screen.retire(pc);
    });

    expect(calls.map((pc) => pc.closed)).toEqual([true, true, false]);
  });

  it("lets a call go at once whose picture never came", () => {
    const [seen, unseen] = [connection(), connection()];
    screen.show(seen, first);
    screen.retire(seen);

    screen.retire(unseen);

    expect([seen.closed, unseen.closed]).toEqual([false, true]);
  });

  it("lets go of the last one when it closes", () => {
    const last = connection();
    screen.show(last, first);
    screen.retire(last);

    screen.close();

    expect(last.closed).toBe(true);
  });
});
