// Notifications when no tab is open: this browser's subscription with its push service, told to the server.

import { api } from "../api/client.js";
import { signal } from "../lib.js";

/** `impossible`: the browser, the connection or the server cannot. */
export const pushState = signal(/** @type {"impossible" | "off" | "on"} */ ("impossible"));

/** @type {string | null} */
let key = null;

/** Finds out whether push can be had, once the worker runs. */
export async function findPush() {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) return;
  key = (await api.get("/api/push/key").catch(() => null))?.public_key ?? null;
  if (!key) return;
  const worker = await navigator.serviceWorker.ready;
  pushState.value = (await worker.pushManager.getSubscription()) ? "on" : "off";
}

/** Asks the person, then subscribes. */
export async function subscribe() {
  if (!key || (await Notification.requestPermission()) !== "granted") return;
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = subscription.toJSON();
  await api.post("/api/push/subscriptions", { endpoint, keys });
  pushState.value = "on";
}

/** Ends this browser's subscription, as logging out does. */
export async function unsubscribe() {
  if (pushState.value !== "on") return;
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.getSubscription();
  pushState.value = "off";
  if (!subscription) return;
  await api.del("/api/push/subscriptions", { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
}
