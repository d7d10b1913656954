// A list of any length of which only what is seen is drawn.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";

/** Rows drawn beyond both edges. */
const MARGIN = 6;

/**
 * All rows have the same height. Rows keep their elements while they move, by `rowKey`.
 * @template T
 * @param {{items: readonly T[], rowHeight: number, rowKey: (item: T) => string, row: (item: T, index: number) => any, label: string,
 *   role?: string, class?: string, reveal?: number, keep?: number, onEnd?: () => void}} props
 *   reveal: index of the row to scroll to when it changes; keep: index of a row that is drawn wherever it is, because it has the
 *   focus; onEnd: the last rows come into sight, load more
 */
export function VirtualList({ items, rowHeight, rowKey, row, label, role = "list", class: extra = "", reveal, keep = -1, onEnd }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [view, setView] = useState({ top: 0, height: 800 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element || reveal === undefined || reveal < 0) return;
    const top = reveal * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight - element.clientHeight;
  }, [reveal, rowHeight]);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - MARGIN);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + MARGIN);
  useEffect(() => {
    if (onEnd && items.length && last >= items.length) onEnd();
  }, [last, items.length]);
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  if (keep >= last && keep < items.length) drawn.push(keep);
  else if (keep >= 0 && keep < first) drawn.unshift(keep);
  return html`<div class=${`virtual ${extra}`} ref=${frame} role=${role} aria-label=${label}>
    <div class="virtual-space" role="presentation" style=${{ height: `${items.length * rowHeight}px` }}>
      ${drawn.map((at) => {
        const item = items[at];
        return html`<div
          class="virtual-row"
          role=${role === "list" ? "listitem" : "presentation"}
          aria-setsize=${role === "list" ? items.length : undefined}
          aria-posinset=${role === "list" ? at + 1 : undefined}
          key=${rowKey(item)}
          style=${{ transform: `translateY(${at * rowHeight}px)`, height: `${rowHeight}px` }}
        >
          ${row(item, at)}
        </div>`;
      })}
    </div>
  </div>`;
}
