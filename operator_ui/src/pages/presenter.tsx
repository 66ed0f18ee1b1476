import type { JSX } from "preact";
import { CameraPanel } from "../panels/camera-panel";
import { ComfortPanel } from "../panels/comfort-panel";
import { FacePanel } from "../panels/face-panel";
import { GesturePanel } from "../panels/gesture-panel";
import { Hud } from "../panels/hud";
import { HelpSheet, KeysPanel } from "../panels/keys-panel";
import { LeasePanel } from "../panels/lease-panel";
import { LookPanel } from "../panels/look-panel";
import { MarkDrive } from "../panels/mark-drive";
import { NotesPanel } from "../panels/notes-panel";
import { PaceChoice } from "../panels/pace-choice";
import { PageTools } from "../panels/page-tools";
import { PeoplePanel } from "../panels/people-panel";
import { Picture } from "../panels/picture";
import { PreflightPanel } from "../panels/preflight-panel";
import { SayPanel } from "../panels/say-panel";
import { ShowPanel } from "../panels/show-panel";
import { StateLine } from "../panels/state-line";
import { StickPad } from "../panels/stick-pad";
import { StopButton } from "../panels/stop-button";
import { Teleprompter } from "../panels/teleprompter";
import { VoicePanel } from "../panels/voice-panel";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { start } from "./start";
import "./presenter.css";
import "./face.css";
import "./preflight.css";

function PresenterPage({ session }: { readonly session: Session }): JSX.Element {
  const cutOff = session.reach.value === "ended"; // turned away: nothing to show but why, and a STOP that says so too
  return (
    <div class={cutOff ? "presenter cut-off" : "presenter"}>
      <header class="top">
        <h1 class="unseen">
          {words.value.productName} {words.value.presenterTitle}
        </h1>
        <StateLine session={session} />
        <PageTools session={session} />
      </header>
      <main class="stage">
        <Picture session={session} />
        {!cutOff && <Hud session={session} />}
      </main>
      {!cutOff && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and may hold no button to tab to
        <aside class="side column" tabIndex={0}>
          <LeasePanel session={session} />
          <ShowPanel session={session} />
          <Teleprompter session={session} />
          <NotesPanel session={session} />
          <GesturePanel session={session} />
          <LookPanel session={session} />
          <VoicePanel session={session} />
          <SayPanel session={session} />
          <FacePanel session={session} />
          <CameraPanel session={session} />
          <PreflightPanel session={session} />
          <ComfortPanel session={session} />
          <PeoplePanel session={session} />
          <KeysPanel session={session} />
        </aside>
      )}
      <HelpSheet session={session} />
      <footer class="dock">
        {!cutOff && <PaceChoice session={session} />}
        {!cutOff && <MarkDrive session={session} />}
        {!cutOff && <StickPad session={session} />}
        <StopButton session={session} />
      </footer>
    </div>
  );
}

start(PresenterPage, (text) => text.presenterTitle, { watches: false });
