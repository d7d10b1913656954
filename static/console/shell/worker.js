// The service worker: the shell opens without a network, and push arrives without a tab.

import { me } from "../api/session.js";
import { effect } from "../lib.js";
import { navigate } from "./router.js";
import { findPush } from "./push.js";

export function registerWorker() {
  // A folder that somebody works on (`server.static_dir`) has no version to keep.
  if (!("serviceWorker" in navigator) || import.meta.url.includes("/assets/dev/")) return;
  void navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch((error) => console.warn("no service worker:", error));
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.type === "open") navigate(data.path);
  });
  effect(() => {
    if (me.value) void findPush();
  });
}
