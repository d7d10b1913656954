// Moving a card with mouse, pen or finger. Knows nothing of what a card is: it lifts what has `data-session` and tells
// over which `data-drop` it is. A finger lifts by a long press, so that it can scroll otherwise.

import { useEffect, useRef } from "../../lib.js";

/** Pixels after which a press is a drag. */
const FAR = 6;
/** Milliseconds a finger rests on a card, and the pixels it may tremble meanwhile. */
const LONG = 320;
const TREMBLE = 10;
/** Pixels from an edge within which a container scrolls under the card, and how far in a frame. */
const EDGE = 56;
const STEP = 14;

/**
 * @typedef {object} Handlers
 * @property {(session: string) => boolean} lift whether this one may be moved
 * @property {(drop: string | null) => void} over called when it changes
 * @property {(drop: string | null) => void} drop
 * @property {() => void} cancel
 */

/**
 * @param {{current: HTMLElement | null}} root
 * @param {Handlers} handlers
 * @returns {() => void} puts down what is being dragged
 */
export function useDrag(root, handlers) {
  const current = useRef(handlers);
  current.current = handlers;
  const stop = useRef(() => {});
  useEffect(() => {
    const board = root.current;
    if (!board) return;
    /**
     * @type {{session: string, card: HTMLElement, id: number, x: number, y: number, finger: boolean, timer: number} |
     *   null}
     */
    let press = null;
    /**
     * @type {{id: number, shadow: HTMLElement, dx: number, dy: number, x: number, y: number, over: string | null,
     *   frame: number} | null}
     */
    let drag = null;

    const begin = () => {
      if (!press || !current.current.lift(press.session)) {
        press = null;
        return;
      }
      clearTimeout(press.timer);
      const { card, id, x, y } = press;
      const at = card.getBoundingClientRect();
      const shadow = /** @type {HTMLElement} */ (card.cloneNode(true));
      shadow.removeAttribute("data-session");
      shadow.removeAttribute("href");
      shadow.setAttribute("aria-hidden", "true");
      shadow.classList.add("flying");
      shadow.style.width = `${at.width}px`;
      shadow.style.height = `${at.height}px`;
      document.body.append(shadow);
      board.setPointerCapture(id);
      board.dataset.dragging = "";
      drag = { id, shadow, dx: x - at.left, dy: y - at.top, x, y, over: null, frame: 0 };
      if (press.finger) navigator.vibrate?.(12);
      press = null;
      follow();
    };

    const follow = () => {
      if (!drag) return;
      const { shadow, x, y, dx, dy } = drag;
      shadow.style.transform = `translate(${x - dx}px, ${y - dy}px) rotate(1.5deg)`;
      const below = document.elementFromPoint(x, y);
      scroll(below, x, y);
      const over = /** @type {HTMLElement | null} */ (below?.closest("[data-drop]"))?.dataset.drop ?? null;
      if (over !== drag.over) {
        drag.over = over;
        current.current.over(over);
      }
      drag.frame = requestAnimationFrame(follow);
    };

    /** @param {Element | null} below @param {number} x @param {number} y */
    const scroll = (below, x, y) => {
      for (let box = below; box && board.contains(box); box = box.parentElement) {
        if (box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth) continue;
        const at = box.getBoundingClientRect();
        const [left, top] = [
          x < at.left + EDGE ? -STEP : x > at.right - EDGE ? STEP : 0,
          y < at.top + EDGE ? -STEP : y > at.bottom - EDGE ? STEP : 0,
        ];
        if (left || top) box.scrollBy(left, top);
      }
    };

    const end = () => {
      clearTimeout(press?.timer);
      press = null;
      if (!drag) return null;
      const { shadow, frame, over, id } = drag;
      cancelAnimationFrame(frame);
      shadow.remove();
      delete board.dataset.dragging;
      if (board.hasPointerCapture(id)) board.releasePointerCapture(id);
      drag = null;
      // The click that a release makes opens nothing.
      const swallow = (/** @type {Event} */ event) => {
        event.preventDefault();
        event.stopPropagation();
      };
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
      return { over };
    };
    const cancel = () => end() && current.current.cancel();
    stop.current = end;

    /** @param {PointerEvent} event */
    const down = (event) => {
      const target = /** @type {Element} */ (event.target);
      const card = /** @type {HTMLElement | null} */ (target.closest("[data-session]"));
      if (!card || event.button || !event.isPrimary || target.closest("button") || drag) return;
      const finger = event.pointerType === "touch";
      const timer = finger ? setTimeout(begin, LONG) : 0;
      press = {
        session: card.dataset.session ?? "",
        card,
        id: event.pointerId,
        x: event.clientX,
        y: event.clientY,
        finger,
        timer,
      };
    };
    /** @param {PointerEvent} event */
    const moved = (event) => {
      if (drag?.id === event.pointerId) {
        drag.x = event.clientX;
        drag.y = event.clientY;
        return;
      }
      if (press?.id !== event.pointerId) return;
      const distance = Math.hypot(event.clientX - press.x, event.clientY - press.y);
      if (press.finger ? distance > TREMBLE : distance > FAR) {
        if (!press.finger) return begin();
        clearTimeout(press.timer);
        press = null;
      }
    };
    /** @param {PointerEvent} event */
    const up = (event) => {
      if (drag && drag.id !== event.pointerId) return;
      if (drag) {
        drag.x = event.clientX;
        drag.y = event.clientY;
        const below = document.elementFromPoint(drag.x, drag.y);
        drag.over = /** @type {HTMLElement | null} */ (below?.closest("[data-drop]"))?.dataset.drop ?? null;
      }
      const ended = end();
      if (ended) current.current.drop(ended.over);
    };
    /** @param {KeyboardEvent} event */
    const key = (event) => {
      if (event.key !== "Escape" || !drag) return;
      event.preventDefault();
      cancel();
    };
    const hold = (/** @type {Event} */ event) => {
      if (drag) event.preventDefault();
    };
    const menu = (/** @type {Event} */ event) => {
      if (drag || press?.finger) event.preventDefault();
    };
    board.addEventListener("pointerdown", down);
    board.addEventListener("contextmenu", menu);
    // Only a listener that was there before the touch can keep it from scrolling.
    board.addEventListener("touchmove", hold, { passive: false });
    addEventListener("pointermove", moved);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", cancel);
    addEventListener("keydown", key, { capture: true });
    addEventListener("blur", cancel);
    return () => {
      end();
      board.removeEventListener("pointerdown", down);
      board.removeEventListener("contextmenu", menu);
      board.removeEventListener("touchmove", hold);
      removeEventListener("pointermove", moved);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", cancel);
      removeEventListener("keydown", key, { capture: true });
      removeEventListener("blur", cancel);
    };
  }, []);
  return () => stop.current();
}
