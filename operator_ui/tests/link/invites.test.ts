import { describe, expect, it } from "vitest";
import { InviteError, Invites } from "../../src/link/invites";

const MADE = {
  id: "i1",
  role: "presenter",
  name: "Ada",
  expires_unix_ms: 9,
  revoked_unix_ms: null,
  present: 1,
};

function bridge(answer: unknown, status = 200) {
  const asked: { path: string; init: RequestInit }[] = [];
  const ask = (async (path: string, init: RequestInit) => {
    asked.push({ path, init });
    return new Response(JSON.stringify(answer), { status });
  }) as unknown as typeof fetch;
  return { invites: new Invites("a-staff-token", ask), asked };
}

describe("invites", () => {
  it("are made with this page's own invite", async () => {
    const { invites, asked } = bridge({ invite: MADE, token: "t", url: "https://b/presenter#t" }, 201);

    const made = await invites.make({ role: "presenter", name: " Ada ", expiresInS: 3600 });

    expect(made).toEqual({
      id: "i1",
      role: "presenter",
      name: "Ada",
      expiresUnixMs: 9,
      present: 1,
      url: "https://b/presenter#t",
    });
    expect(asked[0]?.path).toBe("/api/invites");
    expect(asked[0]?.init.headers).toMatchObject({ authorization: "Bearer a-staff-token" });
    expect(JSON.parse(String(asked[0]?.init.body))).toEqual({
      role: "presenter",
      name: "Ada",
      expires_in_s: 3600,
    });
  });

  it("may be made for nobody by name", async () => {
    const { invites, asked } = bridge({ invite: MADE, token: "t", url: "u" }, 201);
    await invites.make({ role: "observer", name: " ", expiresInS: 60 });

    expect(JSON.parse(String(asked[0]?.init.body))).toEqual({ role: "observer", expires_in_s: 60 });
  });

  it("are listed while they let in", async () => {
    const { invites } = bridge({
      invites: [MADE, { ...MADE, id: "i2", expires_unix_ms: 4 }, { ...MADE, id: "i3", revoked_unix_ms: 3 }],
    });

    expect((await invites.list(5)).map(({ id }) => id)).toEqual(["i1"]);
  });

  it("are revoked by their id", async () => {
    const { invites, asked } = bridge({ id: "i1", disconnected: 1 });
    await invites.revoke("i/1");

    expect(asked[0]).toMatchObject({ path: "/api/invites/i%2F1", init: { method: "DELETE" } });
  });

  it("say in the bridge's words what it refused, and nothing where it was not reached", async () => {
    const { invites } = bridge(
      { error: "x", expected: "staff", seen: "a presenter", cure: "ask staff" },
      401,
    );
    const away = new Invites("t", (async () =>
      Promise.reject(new TypeError("failed"))) as unknown as typeof fetch);

    await expect(invites.list(0)).rejects.toEqual(new InviteError("staff; a presenter; ask staff"));
    await expect(away.list(0)).rejects.toEqual(new InviteError(""));
  });
});
