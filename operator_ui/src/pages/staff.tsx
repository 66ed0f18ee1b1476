import type { JSX } from "preact";
import { AlarmBar } from "../panels/alarm-bar";
import { AreaSwitch } from "../panels/area-switch";
import { CameraPanel } from "../panels/camera-panel";
import { CapPanel } from "../panels/cap-panel";
import { ComfortPanel } from "../panels/comfort-panel";
import { EventList } from "../panels/event-list";
import { GestureSwitch } from "../panels/gesture-switch";
import { IncidentPanel } from "../panels/incident-panel";
import { InvitePanel } from "../panels/invite-panel";
import { HelpSheet } from "../panels/keys-panel";
import { LinkPanel } from "../panels/link-panel";
import { NeighboursPanel } from "../panels/neighbours-panel";
import { NotesPanel } from "../panels/notes-panel";
import { PageTools } from "../panels/page-tools";
import { PeoplePanel } from "../panels/people-panel";
import { PlotsPanel } from "../panels/plots-panel";
import { PreflightPanel } from "../panels/preflight-panel";
import { ReadinessPanel } from "../panels/readiness-panel";
import { ResetPanel } from "../panels/reset-panel";
import { RobotCard } from "../panels/robot-card";
import { SayPanel } from "../panels/say-panel";
import { ShowPanel } from "../panels/show-panel";
import { StaffLeasePanel } from "../panels/staff-lease-panel";
import { StopButton } from "../panels/stop-button";
import { VoicePanel } from "../panels/voice-panel";
import { WatchOnlyNote } from "../panels/watch-only-note";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { start } from "./start";
import "./staff.css";
import "./preflight.css";
import "./watch.css";
import "uplot/dist/uPlot.min.css";

function StaffPage({ session }: { readonly session: Session }): JSX.Element {
  const cutOff = session.reach.value === "ended"; // turned away: nothing to show but why, and a STOP that says so too
  const staff = session.hasRole("staff") && !cutOff;
  const shape = staff ? "" : " staff-watching";
  const driving = session.lease.value === null ? "" : " staff-driving";
  const wall = session.comfort.wall.value && !cutOff;
  return (
    <div class={`staff${cutOff ? " cut-off" : shape}${driving}${wall ? " on-wall" : ""}`}>
      <header class="top">
        <h1>
          {words.value.productName} <span class="muted">{words.value.staffTitle}</span>
        </h1>
        <PageTools session={session} wall={!cutOff} />
        {!wall && <StopButton session={session} all />}
      </header>
      <HelpSheet session={session} />
      <main class="robots">
        {!cutOff && <AlarmBar session={session} />}
        <RobotCard session={session} />
        {wall && <NeighboursPanel session={session} wall />}
        {!cutOff && !wall && <PlotsPanel session={session} />}
        {!cutOff && !wall && <IncidentPanel session={session} />}
      </main>
      {staff && !wall && (
        <div class="acts column">
          <StaffLeasePanel session={session} />
          <ResetPanel session={session} />
          <CapPanel session={session} />
          <AreaSwitch session={session} />
          <ShowPanel session={session} />
          <GestureSwitch session={session} />
          <ReadinessPanel session={session} />
          <PreflightPanel session={session} />
          <InvitePanel session={session} />
        </div>
      )}
      {!cutOff && !wall && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and may hold no button to tab to
        <aside class="room column" tabIndex={0}>
          {session.desk.value.me?.role === "observer" && (
            <div class="panel">
              <WatchOnlyNote session={session} />
            </div>
          )}
          <NeighboursPanel session={session} wall={false} />
          <NotesPanel session={session} />
          <VoicePanel session={session} />
          <SayPanel session={session} />
          <CameraPanel session={session} />
          <LinkPanel session={session} />
          <PeoplePanel session={session} />
          <EventList session={session} />
          <ComfortPanel session={session} />
        </aside>
      )}
    </div>
  );
}

start(StaffPage, (text) => text.staffTitle, { watches: true });
