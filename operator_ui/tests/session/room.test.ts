import { describe, expect, it } from "vitest";
import { isMuted, nameOf, peopleOf, reduceRoom, robotWord } from "../../src/session/room";
import type { Peer, ToPerson } from "../../src/wire/messages.gen";
import { event, ME, OTHER, room, STAFF, status, telemetry } from "../builders";

describe("what is known of the room", () => {
  it("comes from the bridge's welcome and roster", () => {
    const known = room({ telemetry: null });

    expect(known).toMatchObject({ me: ME, robot: "stage-1", robotOnline: true });
    expect(known.peers).toHaveLength(3);
  });

  it("takes new servers for the next call, with credentials that last", () => {
    const servers = [{ urls: ["turn:turn.example.org"], username: "1790003600:i1", credential: "c" }];

    expect(reduceRoom(room(), { type: "ice_servers", servers }, 10).iceServers).toEqual(servers);
  });

  it("takes each telemetry once, whichever road brings it first", () => {
    const first = reduceRoom(room(), telemetry({ tick: 5 }), 10);

    expect(reduceRoom(first, telemetry({ tick: 5 }), 12)).toBe(first);
    expect(reduceRoom(first, telemetry({ tick: 4 }), 12)).toBe(first);
    expect(reduceRoom(first, telemetry({ tick: 6 }), 12).telemetry?.tick).toBe(6);
  });

  it("begins anew with a new boot of the robot, and hears nothing more of the old one", () => {
    const rebooted = reduceRoom(room({ telemetry: { tick: 900 } }), telemetry({ epoch: "e2", tick: 1 }), 10);

    expect(rebooted.telemetry).toMatchObject({ epoch: "e2", tick: 1 });
    expect(reduceRoom(rebooted, telemetry({ epoch: "e1", tick: 901 }), 11)).toBe(rebooted);
    expect(reduceRoom(rebooted, status({ epoch: "e1", fence: 9 }), 11)).toBe(rebooted);
  });

  it("does not believe for ever the last word of a dead boot that came late", () => {
    const living = reduceRoom(room(), telemetry({ epoch: "e2", tick: 1 }), 10);
    const fooled = reduceRoom(living, telemetry({ epoch: "e0", tick: 7 }), 20);

    expect(fooled.telemetry).toMatchObject({ epoch: "e0" });
    expect(reduceRoom(fooled, telemetry({ epoch: "e2", tick: 2 }), 1_519)).toBe(fooled);
    const back = reduceRoom(fooled, telemetry({ epoch: "e2", tick: 3 }), 1_520);
    expect(back.telemetry).toMatchObject({ epoch: "e2", tick: 3 });
    expect(reduceRoom(back, telemetry({ epoch: "e0", tick: 8 }), 1_530)).toBe(back);
  });

  it("does not go back to an older status", () => {
    const now = reduceRoom(room(), status({ seq: 5, driver: ME.id }), 10);

    expect(reduceRoom(now, status({ seq: 4 }), 12)).toBe(now);
    expect(reduceRoom(now, status({ seq: 5 }), 12)).toBe(now);
  });

  it("shows each event once, newest first, in the order of their times", () => {
    const events = [
      event({ seq: 1, at_unix_ms: 1_000 }),
      event({ seq: 3, at_unix_ms: 3_000 }),
      event({ seq: 1, at_unix_ms: 1_000 }),
      event({ source: "bridge", seq: 1, at_unix_ms: 2_000 }),
    ].reduce((known, each) => reduceRoom(known, each, 0), room()).events;

    expect(events.map((each) => each.at_unix_ms)).toEqual([3_000, 2_000, 1_000]);
  });

  it("remembers the names of those who have left, from rosters and from what happened before", () => {
    const roster = { type: "roster", robot_online: true, profile: null, peers: [ME] } as const;
    const left = reduceRoom(room(), roster, 10);
    const told = reduceRoom(left, event({ kind: "joined", by: "inv.early", name: "Cem" }), 11);

    expect(nameOf(told, OTHER.id)).toBe("Bo");
    expect(nameOf(told, "inv.early")).toBe("Cem");
    expect(nameOf(told, "inv.stranger")).toBeNull();
    expect(nameOf(told, null)).toBeNull();
  });

  it("calls people by their newest name, whatever an old event says", () => {
    const known = reduceRoom(room(), event({ kind: "joined", by: OTHER.id, name: "Robert" }), 10);

    expect(nameOf(known, OTHER.id)).toBe("Bo");
  });

  it("remembers a bounded number of names, the present ones among them", () => {
    const roster = (peers: readonly Peer[]) =>
      ({ type: "roster", robot_online: true, profile: null, peers }) as const;
    let known = room();
    for (let n = 0; n < 600; n += 1)
      known = reduceRoom(known, roster([{ id: `inv.${n}`, role: "observer", name: `guest ${n}` }]), 0);

    expect(known.names.size).toBe(500);
    expect(nameOf(known, "inv.599")).toBe("guest 599");
  });

  it("keeps a bounded number of events", () => {
    let known = room();
    for (let seq = 0; seq < 300; seq += 1) known = reduceRoom(known, event({ seq, at_unix_ms: seq }), 0);

    expect(known.events).toHaveLength(200);
    expect(known.events[0]?.seq).toBe(299);
  });
});

describe("the people", () => {
  it("are those in the room, and after them who has left muted", () => {
    const known = room({ status: { muted: [OTHER.id, "inv.flood"] } });
    const told = reduceRoom(known, event({ kind: "left", by: "inv.flood", name: "Eve" }), 1);

    expect(peopleOf(told).map(({ name, role, muted }) => [name, role, muted])).toEqual([
      ["Anna", "presenter", false],
      ["Bo", "presenter", true],
      ["hall phone", "staff", false],
      ["Eve", null, true],
    ]);
  });

  it("are nobody muted, as far as a robot says that does not know of it", () => {
    const { muted: _, ...old } = status({ seq: 9 });

    expect(peopleOf(reduceRoom(room(), old, 1)).some((each) => each.muted)).toBe(false);
    expect(isMuted(room(), null)).toBe(false);
  });
});

describe("the robot's word", () => {
  it("is fresh for a second after its telemetry", () => {
    expect(robotWord(room(), 1_000)).toMatchObject({ state: "ready", fresh: true });
    expect(robotWord(room(), 1_001)).toMatchObject({ state: "ready", fresh: false, silentS: 1 });
  });

  it("comes from the status when telemetry has ceased, as when the motion process died", () => {
    const dead = reduceRoom(
      room({ telemetry: { state: "driving" } }),
      status({
        seq: 2,
        fence: 2,
        state: "stopped",
        latch: { cause: "motion_died", by: null, role: null, at_unix_ms: 0 },
      }),
      1_500,
    );

    expect(robotWord(dead, 1_600)).toMatchObject({ state: "stopped", fresh: true });
    expect(robotWord(dead, 4_100)).toMatchObject({ state: "stopped", fresh: false });
  });

  it("is unknown before the first", () => {
    expect(robotWord(room({ telemetry: null }), 0)).toBeNull();
  });
});

describe("what staff are told of checks", () => {
  const checked = (peer: string, at_unix_ms = 1): ToPerson => ({
    type: "checked",
    peer,
    at_unix_ms,
    soak_s: 10,
    lines: [],
  });
  const roster = (peers: readonly Peer[], online = true): ToPerson => ({
    type: "roster",
    robot_online: online,
    profile: null,
    peers,
  });

  it("is the newest of each person, while they are here", () => {
    let now = room({ me: STAFF });
    for (const each of [checked(ME.id, 1), checked(OTHER.id, 2), checked(ME.id, 3)])
      now = reduceRoom(now, each, 0);
    expect([...now.checked.values()].map((each) => [each.peer, each.at_unix_ms])).toEqual([
      [ME.id, 3],
      [OTHER.id, 2],
    ]);

    now = reduceRoom(now, roster([STAFF, OTHER]), 0);
    expect([...now.checked.keys()]).toEqual([OTHER.id]);
  });

  it("is the robot's readiness, until it goes", () => {
    const readiness: ToPerson = { type: "readiness", at_unix_ms: 5, lines: [] };
    const said = reduceRoom(room({ me: STAFF }), readiness, 0);

    expect(said.readiness).toEqual(readiness);
    expect(reduceRoom(said, roster([STAFF]), 0).readiness).toEqual(readiness);
    expect(reduceRoom(said, roster([STAFF], false), 0).readiness).toBeNull();
  });
});
