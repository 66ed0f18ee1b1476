import type { JSX } from "preact";
import {
  type Certificate,
  certificateOf,
  type Finding,
  type Known,
  leaveFor,
  type Missing,
} from "../session/preflight/certificate";
import type { Health } from "../session/preflight/line";
import { lineOf } from "../session/preflight/report";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import type { CheckLine } from "../wire/messages.gen";
import { type CheckWords, nameOfCheck, sentenceOf } from "./check-lines";

const PRINT_PAGE = "/certificate.html";
const PRINT_WINDOW = "noopener,popup,width=900,height=1000";

/** The certificate, to keep and to print. It opens in a window of its own: a print dialog holds up its page. */
export function CertificateButtons({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.readiness.certificate;
  return (
    <div class="row certificate-row">
      <button
        type="button"
        class="quiet"
        data-testid="certificate-print"
        onClick={() => {
          leaveFor(window.localStorage, certificateNow(session));
          window.open(PRINT_PAGE, "_blank", PRINT_WINDOW);
        }}
      >
        {text.print}
      </button>
      <button
        type="button"
        class="quiet"
        data-testid="certificate-save"
        onClick={() => save(certificateNow(session))}
      >
        {text.save}
      </button>
    </div>
  );
}

function certificateNow(session: Session): Certificate {
  const { readiness: text, preflight } = words.value;
  const room = session.desk.peek();
  const name = room.robot ?? text.robot;
  const robot: Known = {
    who: name,
    role: "robot",
    checked:
      room.readiness === null
        ? null
        : {
            atUnixMs: room.readiness.at_unix_ms,
            soakS: null,
            findings: room.readiness.lines.map((each) => findingOf(each, text)),
          },
  };
  const people = room.peers
    .filter((each) => each.role !== "observer")
    .map((peer): Known => {
      const report = room.checked.get(peer.id);
      const checked =
        report === undefined
          ? null
          : {
              atUnixMs: report.at_unix_ms,
              soakS: report.soak_s,
              findings: report.lines.map((each) => findingOf(each, preflight)),
            };
      return { who: peer.name, role: peer.role, checked };
    });
  return certificateOf(name, [robot, ...people], session.bridgeUnixMs(), missing);
}

function findingOf(said: CheckLine, text: CheckWords): Finding {
  const line = lineOf(said);
  return { name: nameOfCheck(line.check, text), said: sentenceOf(line, text), ...line };
}

function missing(what: Missing, health: Health): Finding {
  const text = words.value.readiness.certificate;
  const { missingName: name, missing: said } = text;
  return { name, health, said: said[what], check: "room", seen: what, figures: {}, about: "" };
}

function save(certificate: Certificate): void {
  const url = URL.createObjectURL(
    new Blob([JSON.stringify(certificate, null, 2)], { type: "application/json" }),
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = `${certificate.room}-${certificate.examined_at.slice(0, 16).replace(/[T:]/g, "-")}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
