import { describe, expect, it } from "vitest";
import { SpokenToFlow } from "../../src/session/spoken-to";
import type { Ack } from "../../src/wire/messages.gen";

function flow(): SpokenToFlow {
  let made = 0;
  return new SpokenToFlow(() => `w${++made}`, 100);
}

function ack(id: string, verdict: Ack["verdict"] = "done"): Ack {
  return { type: "ack", id, verdict };
}

describe("whom a voice is for", () => {
  it("is said at once, and again until the robot answers", () => {
    const wishes = flow();

    expect(wishes.step(0, null)).toBeNull();
    expect(wishes.step(0, "hall")).toEqual({ type: "speak_to", id: "w1", seq: 101, to: "hall" });
    expect(wishes.step(200, "hall")).toBeNull();
    expect(wishes.step(250, "hall")?.id).toBe("w1");
    wishes.settle(ack("w0"));
    wishes.settle(ack("w1", "refused"));
    expect(wishes.confirmed).toBeNull();
    wishes.settle(ack("w1"));

    expect(wishes.confirmed).toBe("hall");
    expect(wishes.step(999, "hall")).toBeNull();
  });

  it("counts only as the newest: what was confirmed before is void from the change on", () => {
    const wishes = flow();
    wishes.step(0, "hall");
    wishes.settle(ack("w1"));

    expect(wishes.step(20, "backstage")).toEqual({ type: "speak_to", id: "w2", seq: 102, to: "backstage" });
    expect(wishes.confirmed).toBeNull();
    expect(wishes.step(40, "hall")?.seq).toBe(103);
    wishes.settle(ack("w2")); // the hall is meant by now

    expect(wishes.confirmed).toBeNull();
  });

  it("is said anew to a robot that is called anew", () => {
    const wishes = flow();
    wishes.step(0, "backstage");
    wishes.settle(ack("w1"));

    wishes.restart();

    expect(wishes.confirmed).toBeNull();
    expect(wishes.step(20, "backstage")?.seq).toBe(102);
  });
});
