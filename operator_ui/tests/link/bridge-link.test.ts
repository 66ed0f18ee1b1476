import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BridgeLink, type LinkState } from "../../src/link/bridge-link";
import type { ToPerson } from "../../src/wire/messages.gen";
import { ME } from "../builders";

class FakeSocket {
  readyState = 1;
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: { type: string; id?: string }[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  say(message: ToPerson): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  types(): string[] {
    return this.sent.map((each) => each.type);
  }
}

const WELCOME: ToPerson = {
  type: "welcome",
  version: 1,
  robot: "stage-1",
  you: ME,
  ice_servers: [],
  profile: null,
  server_unix_ms: 0,
};

let sockets: FakeSocket[];
let states: LinkState[];
let heard: ToPerson[];
let faults: string[];
let rtts: number[];
let pongs: string[];

function link(): BridgeLink {
  return new BridgeLink({
    url: "ws://bridge/ws",
    hello: { type: "hello", version: 1, token: "t".repeat(32), client_id: "tab00001" },
    onMessage: (message) => heard.push(message),
    onFault: (fault) => faults.push(fault),
    onState: (state) => states.push(state),
    onRtt: (rttMs) => rtts.push(rttMs),
    onPong: (id) => pongs.push(id),
    clock: () => Date.now(),
    chance: () => 0.5,
    dial: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
  });
}

function socket(index = -1): FakeSocket {
  const found = sockets.at(index);
  if (found === undefined) throw new Error("expected a dialled socket");
  return found;
}

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.stubGlobal("WebSocket", { OPEN: 1 });
  sockets = [];
  states = [];
  heard = [];
  faults = [];
  rtts = [];
  pongs = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function opened(): BridgeLink {
  const made = link();
  made.open();
  socket().onopen?.();
  socket().say(WELCOME);
  return made;
}

describe("the link to the bridge", () => {
  it("says hello first, and is open with the welcome", () => {
    const made = link();
    made.open();
    socket().onopen?.();

    expect(socket().types()).toEqual(["hello"]);
    expect(made.state.kind).toBe("dialling");

    socket().say(WELCOME);

    expect(made.state.kind).toBe("open");
    expect(heard).toEqual([WELCOME]);
  });

  it("never puts the token into the address", () => {
    const urls: string[] = [];
    new BridgeLink({
      url: "ws://bridge/ws",
      hello: { type: "hello", version: 1, token: "t".repeat(32), client_id: "tab00001" },
      onMessage: () => {},
      onFault: () => {},
      onState: () => {},
      onRtt: () => {},
      clock: () => 0,
      dial: (url) => {
        urls.push(url);
        return new FakeSocket() as unknown as WebSocket;
      },
    }).open();

    expect(urls).toEqual(["ws://bridge/ws"]);
  });

  it("sends nothing before the welcome", () => {
    const made = link();
    made.open();
    socket().onopen?.();

    expect(made.send({ type: "stop", id: "a" }, "event")).toBe(false);
  });

  it("measures the round trip once a second", () => {
    opened();
    vi.advanceTimersByTime(12);
    socket().say({ type: "pong", id: "ping-1" });
    vi.advanceTimersByTime(988 + 30);
    socket().say({ type: "pong", id: "ping-2" });

    expect(rtts).toEqual([12, 30]);
  });

  it("does not measure by an old pong", () => {
    opened();
    socket().say({ type: "pong", id: "ping-0" });

    expect(rtts).toEqual([]);
  });

  it("dials again after a break, and says why", () => {
    const made = opened();
    socket().onclose?.({ code: 1006 });

    expect(made.state).toEqual({ kind: "waiting", attempt: 1, why: "lost", untilMs: 250 });

    vi.advanceTimersByTime(250);

    expect(sockets).toHaveLength(2);
    expect(made.state).toEqual({ kind: "dialling", attempt: 1, why: "lost" });
  });

  it("begins with short waits again once it was let in", () => {
    const made = opened();
    for (let time = 0; time < 4; time += 1) {
      socket().onclose?.({ code: 1006 });
      vi.advanceTimersByTime(5_000);
    }
    socket().onopen?.();
    socket().say(WELCOME);
    socket().onclose?.({ code: 1006 });

    expect(made.state).toMatchObject({ kind: "waiting", attempt: 1 });
  });

  it("does not dial again when the tab was replaced", () => {
    const made = opened();
    socket().onclose?.({ code: 4409 });
    vi.advanceTimersByTime(60_000);

    expect(made.state).toEqual({ kind: "ended", why: "replaced" });
    expect(sockets).toHaveLength(1);
  });

  it("gives up a bridge that says nothing for three seconds", () => {
    const made = opened();
    vi.advanceTimersByTime(4_000);

    expect(made.state).toMatchObject({ kind: "waiting", why: "silent" });
    expect(socket(0).closed).toBe(true);
  });

  it("gives up a bridge that takes the connection and never answers", () => {
    const made = link();
    made.open();
    socket().onopen?.();
    vi.advanceTimersByTime(6_000);

    expect(made.state).toMatchObject({ kind: "waiting", why: "unreachable" });
  });

  it("gives up a dial that hangs after a short while, and dials again soon, however often", () => {
    const made = link();
    made.open();
    vi.advanceTimersByTime(2_200);
    expect(made.state).toMatchObject({ kind: "waiting", why: "unreachable", untilMs: 2_450 });

    vi.advanceTimersByTime(60_000);
    expect(sockets.length).toBeGreaterThan(35);
    expect(sockets.slice(0, -1).every((each) => each.closed)).toBe(true);
  });

  it("waits longer for the welcome than for the connection", () => {
    const made = link();
    made.open();
    vi.advanceTimersByTime(2_100);
    socket().onopen?.();
    vi.advanceTimersByTime(5_900);

    expect(made.state.kind).toBe("dialling");
  });

  it("in doubt asks a bridge that was heard, and dials anew when it was silent for too long", () => {
    const made = opened();
    vi.advanceTimersByTime(300);
    made.doubt(1_000);
    expect(socket().types()).toEqual(["hello", "ping", "ping"]);

    vi.advanceTimersByTime(700);
    made.doubt(1_000);
    expect(made.state).toMatchObject({ kind: "waiting", attempt: 1, why: "silent" });

    made.doubt(1_000);
    expect(made.state).toMatchObject({ kind: "waiting", attempt: 1 });
  });

  it("looks for itself at once when it is asked to: by a ping, or by dialling before the wait is over", () => {
    const made = opened();
    made.probe();
    expect(socket().types()).toEqual(["hello", "ping", "ping"]);

    socket().onclose?.({ code: 1006 });
    made.probe();
    expect(sockets).toHaveLength(2);
  });

  it("knows when it heard the bridge last", () => {
    const made = link();
    expect(made.heardMs).toBeNull();
    made.open();
    vi.advanceTimersByTime(70);
    socket().onopen?.();
    socket().say(WELCOME);

    expect(made.heardMs).toBe(70);
  });

  it("takes the bridge's clock from the welcome, said at some time since the hello", () => {
    const made = link();
    expect(made.bridgeClock).toBeNull();
    made.open();
    vi.advanceTimersByTime(70);
    socket().onopen?.();
    vi.advanceTimersByTime(40);
    socket().say({ ...WELCOME, server_unix_ms: 5_000 });

    expect(made.bridgeClock).toEqual({ unixMs: 5_000, atMs: 90, errorMs: 20 });
  });

  it("hands on the answers to pings of others", () => {
    opened();
    socket().say({ type: "pong", id: "soak-1" });
    socket().say({ type: "pong", id: "ping-1" });

    expect(pongs).toEqual(["soak-1"]);
    expect(rtts).toHaveLength(1);
  });

  it("leaves out state while older state waits, and never leaves out a stop", () => {
    const made = opened();
    socket().bufferedAmount = 10_000;

    expect(made.send({ type: "lease_renew", epoch: "e", fence: 1, seq: 1 }, "state")).toBe(false);
    expect(made.send({ type: "stop", id: "a" }, "event")).toBe(true);
  });

  it("counts what it cannot read, and goes on", () => {
    opened();
    socket().onmessage?.({ data: '{"type":"novelty"}' });
    socket().onmessage?.({ data: "{" });
    socket().say({ type: "roster", robot_online: false, profile: null, peers: [] });

    expect(faults).toEqual(["unknown_type", "not_json"]);
    expect(heard.map((each) => each.type)).toEqual(["welcome", "roster"]);
  });

  it("hears nothing from a connection that it has left", () => {
    const made = opened();
    const old = socket();
    made.close();

    expect(old.onmessage).toBeNull();
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
  });
});
