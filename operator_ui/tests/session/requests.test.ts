import { describe, expect, it } from "vitest";
import { reachOf, type Ways } from "../../src/session/reach";
import { Requests } from "../../src/session/requests";
import { ANSWER_WITHIN_MS, StopFlow } from "../../src/session/stop-flow";
import type { Ack, Refusal } from "../../src/wire/messages.gen";

function numbered(): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `r-${made}`;
  };
}

describe("a request", () => {
  it("is sent at once and repeated under the same id until it is acknowledged", () => {
    const requests = new Requests(numbered());
    requests.ask({ type: "lease_request" }, 0);

    expect(requests.step(0).send).toEqual([{ type: "lease_request", id: "r-1" }]);
    expect(requests.step(249).send).toEqual([]);
    expect(requests.step(250).send).toEqual([{ type: "lease_request", id: "r-1" }]);
    expect(requests.settle({ type: "ack", id: "r-1", verdict: "done" }, 260)).toEqual({
      wish: "lease_request",
      atMs: 260,
      kind: "done",
    });
    expect(requests.step(500).send).toEqual([]);
  });

  it("that is asked twice while it waits is one request", () => {
    const requests = new Requests(numbered());
    requests.ask({ type: "lease_offer", to: "a" }, 0);
    requests.ask({ type: "lease_offer", to: "a" }, 1);
    requests.ask({ type: "lease_offer", to: "b" }, 2);

    expect(requests.step(2).send.map((each) => each.id)).toEqual(["r-1", "r-2"]);
  });

  it("ends with the robot's reason when it is refused", () => {
    const requests = new Requests(numbered());
    requests.ask({ type: "lease_request" }, 0);

    expect(requests.settle({ type: "ack", id: "r-1", verdict: "refused", refusal: "held" }, 5)).toMatchObject(
      {
        kind: "refused",
        refusal: "held",
      },
    );
    expect(requests.isWaiting("lease_request")).toBe(false);
  });

  it("is acknowledged once, though the answer comes over two roads", () => {
    const requests = new Requests(numbered());
    requests.ask({ type: "lease_take" }, 0);
    requests.settle({ type: "ack", id: "r-1", verdict: "done" }, 5);

    expect(requests.settle({ type: "ack", id: "r-1", verdict: "done" }, 6)).toBeNull();
  });

  it("is given up after four seconds, and says so", () => {
    const requests = new Requests(numbered());
    requests.ask({ type: "lease_take" }, 0);

    expect(requests.step(3_999).givenUp).toEqual([]);
    expect(requests.step(4_000)).toEqual({
      send: [],
      givenUp: [{ wish: "lease_take", atMs: 4_000, kind: "unanswered" }],
    });
    expect(requests.step(4_020)).toEqual({ send: [], givenUp: [] });
  });
});

describe("STOP", () => {
  it("is there to be sent at every turn until the robot acknowledges it", () => {
    const stop = new StopFlow(numbered());
    stop.press();

    expect(stop.toSend).toEqual({ type: "stop", id: "r-1" });
    expect(stop.progress("driving", "robot", 0)).toBe("unsent");
    expect([stop.sent(0), stop.sent(20)]).toEqual([true, false]);
    expect(stop.progress("driving", "robot", 20)).toBe("sent");
    stop.settle({ type: "stop_ack", id: "r-1", state: "stopping", speed_mps: 0.4 });
    expect(stop.toSend).toBeNull();
  });

  it("shows what the robot really does: stopping, then stopped", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.settle({ type: "stop_ack", id: "r-1", state: "stopping", speed_mps: 0.4 });

    expect(stop.progress("stopping", "robot", 0)).toBe("stopping");
    expect(stop.progress("stopped", "robot", 0)).toBe("stopped");
    expect(stop.progress("ready", "robot", 0)).toBe("idle");
  });

  it("believes the acknowledgement while the robot's state is not known", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.settle({ type: "stop_ack", id: "r-1", state: "stopped", speed_mps: 0 });

    expect(stop.progress(null, "robot", 0)).toBe("stopped");
  });

  it("pressed again while one is under way is the same stop", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.press();

    expect(stop.toSend?.id).toBe("r-1");
  });

  it("pressed again after it was acknowledged is a new one", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.settle({ type: "stop_ack", id: "r-1", state: "stopped", speed_mps: 0 });
    stop.press();

    expect(stop.toSend?.id).toBe("r-2");
  });

  it("is not ended by the acknowledgement of another", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.settle({ type: "stop_ack", id: "x-9", state: "stopped", speed_mps: 0 });

    expect(stop.toSend).not.toBeNull();
  });

  it("shows a stop by somebody else as well", () => {
    expect(new StopFlow(numbered()).progress("stopped", "robot", 0)).toBe("stopped");
  });

  it.each(["ended", "no_link", "robot_away"] as const)("says that it reaches nobody: %s", (reach) => {
    const stop = new StopFlow(numbered());

    expect(stop.progress(null, reach, 0)).toBe("cut_off");
    stop.press();
    expect(stop.progress(null, reach, 9_000)).toBe("unsent");
    expect(stop.toSend).not.toBeNull(); // it goes out when there is a road
  });

  it("does not go on saying that it was sent when the road breaks or nobody answers", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.sent(0);

    expect(stop.progress("driving", "robot", ANSWER_WITHIN_MS - 1)).toBe("sent");
    expect(stop.progress("driving", "robot", ANSWER_WITHIN_MS)).toBe("unconfirmed");
    expect(stop.progress(null, "no_link", 20)).toBe("unconfirmed");
  });

  it("does not vouch for a robot that it cannot reach", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.settle({ type: "stop_ack", id: "r-1", state: "stopped", speed_mps: 0 });

    expect(stop.progress(null, "no_link", 0)).toBe("cut_off");
  });
});

describe("the STOP of somebody muted", () => {
  const refused = (id: string, refusal: Refusal): Ack => ({ type: "ack", id, verdict: "refused", refusal });

  it("is not sent again once the robot has said so", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.sent(0);
    stop.refuse(refused("r-1", "muted"), 10);

    expect(stop.toSend).toBeNull();
    expect(stop.wasMuted(10)).toBe(true);
    expect(stop.progress("driving", "muted", 10)).toBe("muted");
  });

  it("is repeated after any other refusal, and after one of another request", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.refuse(refused("r-1", "no_robot"), 10);
    stop.refuse(refused("x-9", "muted"), 10);

    expect(stop.toSend?.id).toBe("r-1");
    expect(stop.wasMuted(10)).toBe(false);
  });

  it("is tried anew at each press, as staff may have thought better of it", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.refuse(refused("r-1", "muted"), 10);
    stop.press();

    expect(stop.toSend?.id).toBe("r-2");
    expect(stop.progress("driving", "muted", 20)).toBe("muted");
    stop.settle({ type: "stop_ack", id: "r-2", state: "stopping", speed_mps: 0.2 });
    expect(stop.wasMuted(30)).toBe(false);
    expect(stop.progress("stopping", "robot", 30)).toBe("stopping");
  });

  it("counts as muted by the refusal until the robot's status has had the time to tell", () => {
    const stop = new StopFlow(numbered());
    stop.press();
    stop.refuse(refused("r-1", "muted"), 100);

    expect([stop.wasMuted(1_599), stop.wasMuted(1_600)]).toEqual([true, false]);
  });

  it("never looks like one that works, whatever the robot does", () => {
    for (const state of ["driving", "stopped", "stopping", "boot", null] as const) {
      expect(new StopFlow(numbered()).progress(state, "muted", 0)).toBe("muted");
    }
  });
});

describe("what this page says", () => {
  const open = { kind: "open" } as const;
  const waiting = { kind: "waiting", attempt: 1, why: "lost", untilMs: 0 } as const;
  const ways = (part: Partial<Ways>): Ways => ({
    hasToken: true,
    link: open,
    direct: false,
    robotOnline: true,
    muted: false,
    ...part,
  });

  it.each([
    ["over the bridge, with a robot behind it", ways({}), "robot"],
    ["over the direct road alone", ways({ link: waiting, direct: true, robotOnline: false }), "robot"],
    ["over the bridge, without a robot behind it", ways({ robotOnline: false }), "robot_away"],
    ["while it dials again", ways({ link: waiting }), "no_link"],
    ["after it was turned away", ways({ link: { kind: "ended", why: "replaced" }, direct: true }), "ended"],
    ["without an invite", ways({ hasToken: false, link: { kind: "closed" }, robotOnline: null }), "ended"],
    ["when staff have muted it", ways({ muted: true }), "muted"],
    ["muted, over the direct road alone", ways({ muted: true, link: waiting, direct: true }), "muted"],
    ["muted, without a link", ways({ muted: true, link: waiting }), "no_link"],
  ])("reaches, %s: %s", (_when, given, expected) => {
    expect(reachOf(given)).toBe(expected);
  });
});
