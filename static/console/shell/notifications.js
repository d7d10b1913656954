// What calls somebody who looks elsewhere: a sound, a notification of the desktop. One tab of the browser does it.

import { me } from "../api/session.js";
import { html, signal, useEffect } from "../lib.js";
import { feed } from "../store/live.js";
import { conversations } from "../store/conversations.js";
import { preferences } from "../store/preferences.js";
import { t } from "../text.js";
import { navigate } from "./router.js";

/** @import { ServerEvent } from "../api/types" */

/** The conversation somebody is reading; its messages need no bell. Set by the screens that show one. */
export const focused = signal(/** @type {string | null} */ (null));

/** @type {AudioContext | undefined} */
let audio;
/** Notes in hertz, with their start in seconds. */
const TUNES = { offer: [[587.33, 0], [880, 0.13]], message: [[659.25, 0]] };

/** A short, soft sound. Silent until the person has touched the page, as browsers want it. @param {keyof typeof TUNES} tune */
export function play(tune) {
  audio ??= new AudioContext();
  const { currentTime: now, destination } = audio;
  void audio.resume().catch(() => {});
  for (const [hertz, at] of TUNES[tune]) {
    const note = new OscillatorNode(audio, { type: "sine", frequency: hertz });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, now + at);
    volume.gain.linearRampToValueAtTime(0.12, now + at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + at + 0.4);
    note.connect(volume).connect(destination);
    note.start(now + at);
    note.stop(now + at + 0.45);
  }
}

/** Whether the browser lets us show notifications, asking the person when they were not asked yet. */
export async function askForDesktop() {
  if (!("Notification" in globalThis)) return false;
  return (await Notification.requestPermission()) === "granted";
}

/** @param {string} title @param {string} body @param {string} session */
function show(title, body, session) {
  const { sound, desktop } = preferences.value.notifications;
  if (!desktop || globalThis.Notification?.permission !== "granted" || (!document.hidden && document.hasFocus())) return;
  try {
    const icon = new URL("../icons/icon-192.png", import.meta.url).href;
    const shown = new Notification(title, { body: body.slice(0, 120), tag: session, icon, silent: sound });
    shown.onclick = () => {
      focus();
      navigate(`/inbox/${session}`);
      shown.close();
    };
  } catch {
    // Phones show notifications of a worker only, which is what push is for.
  }
}

/** @param {ServerEvent} event */
function tell(event) {
  const myself = me.value?.id;
  if (event.type === "conversation_assigned" || event.type === "conversation_transferred") {
    if (event.assigned_to !== myself || event.status !== "assigned") return;
    if (preferences.value.notifications.sound) play("offer");
    show(t("notifications.offer", { name: event.customer.name }), event.message, event.session_id);
  } else if (event.type === "message_created") {
    const { message, session_id } = event;
    if (message.direction !== "in" || conversations.value.get(session_id)?.assigned_to !== myself) return;
    if (focused.value === session_id && document.hasFocus()) return;
    if (preferences.value.notifications.sound) play("message");
    show(event.customer.name, message.text || t("notifications.file"), session_id);
  }
}

/** What is older than this when it arrives was missed, not happening. */
const RECENT = 20_000;

/** Listens while it is drawn. */
export function Notifications() {
  useEffect(() => {
    let leads = !navigator.locks;
    const controller = new AbortController();
    void navigator.locks
      ?.request("attendance.notifier", { signal: controller.signal }, () => {
        leads = true;
        return new Promise((done) => controller.signal.addEventListener("abort", done));
      })
      .catch(() => {});
    const stop = feed((events) => {
      if (leads) events.filter((event) => Date.now() - Date.parse(event.at) < RECENT).forEach(tell);
    });
    return () => {
      stop();
      controller.abort();
    };
  }, []);
  return html``;
}
