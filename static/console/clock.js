// The one clock of the screen. Everything that counts seconds reads this signal, so that the page wakes once a second
// however many times it shows, and not at all while nobody looks.

import { signal } from "./lib.js";

/** Milliseconds by which the server's clock is ahead of ours; waiting times are counted by the server's. */
let ahead = 0;

/** The server's time in milliseconds, told each second. */
export const clock = signal(Date.now());

const tick = () => {
  clock.value = Date.now() + ahead;
};

/** @param {string} serverTime */
export function follow(serverTime) {
  const time = Date.parse(serverTime);
  if (Number.isFinite(time)) ahead = time - Date.now();
  tick();
}

let timer = 0;
const run = () => {
  clearInterval(timer);
  if (document.hidden) return;
  tick();
  timer = setInterval(tick, 1000);
};
document.addEventListener("visibilitychange", run);
run();
