// An editor of programs: the browser's own text field above its coloured picture. Only the lines in sight are drawn, so that
// thousands of lines are typed into like ten.

import { html, memo, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../../lib.js";
import { coloured, completions, offsetOf, position } from "./basic.js";

/** @import { Keyword, Piece } from "./basic.js" */

/** Pixels of a line; the style sheet says the same. */
const LINE = 20;

const Line = memo((/** @type {{pieces: Piece[], error: string | null, column: number}} */ { pieces, error, column }) => {
  let at = 1;
  return html`<div class="code-line" data-error=${error ? "" : undefined}>
    ${pieces.map(({ tone, text }) => {
      const marked = error && column >= at && column < at + text.length;
      at += text.length;
      return html`<span data-tone=${tone} class=${marked ? "code-wrong" : ""}>${text}</span>`;
    })}${error && column >= at && html`<span class="code-wrong">${" "}</span>`}
  </div>`;
});

/** Pieces of every line; a line that did not change is not read again. @param {string[]} lines @param {ReadonlySet<string>} words @param {Map<string, {pieces: Piece[], free: boolean}>} cache */
function painted(lines, words, cache) {
  let free = false;
  return lines.map((line) => {
    const key = `${free ? "t" : "c"}${line}`;
    let found = cache.get(key);
    if (!found) cache.set(key, (found = coloured(line, free, words)));
    free = found.free;
    return found.pieces;
  });
}

/**
 * @param {{label: string, value: string, onValue?: (value: string) => void, keywords: readonly Keyword[], words: ReadonlySet<string>,
 *   errors?: readonly {line: number, column: number, message: string}[], current?: number | null, goTo?: {line: number, column: number} | null, readonly?: boolean}} props
 *   current: the line that runs; goTo: a fresh object moves the cursor there
 */
export function Code({ label, value, onValue, keywords, words, errors = [], current, goTo, readonly }) {
  const id = useId();
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const cache = useMemo(() => new Map(), [words]);
  const lines = useMemo(() => value.split("\n"), [value]);
  const pieces = useMemo(() => painted(lines, words, cache), [lines, words]);
  const [view, setView] = useState({ top: 0, left: 0, height: 600 });
  const [offer, setOffer] = useState(/** @type {{typed: string, found: Keyword[], at: number, line: number, column: number} | null} */ (null));
  const [chosen, setChosen] = useState(0);

  useLayoutEffect(() => {
    const field = area.current;
    if (!field) return;
    const measure = () => setView({ top: field.scrollTop, left: field.scrollLeft, height: field.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(field);
    field.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      field.removeEventListener("scroll", measure);
    };
  }, []);
  useEffect(() => {
    const field = area.current;
    if (!goTo || !field) return;
    const offset = offsetOf(value, goTo.line, goTo.column);
    field.focus();
    field.setSelectionRange(offset, offset);
    field.scrollTop = Math.max(0, (goTo.line - 1) * LINE - field.clientHeight / 2);
  }, [goTo]);

  const suggest = () => {
    const field = area.current;
    if (!field || field.selectionStart !== field.selectionEnd) return setOffer(null);
    const at = field.selectionStart;
    const before = field.value.slice(field.value.lastIndexOf("\n", at - 1) + 1, at);
    const { typed, found } = completions(before, keywords);
    setChosen(0);
    setOffer(found.length ? { typed, found, at, ...position(field.value, at) } : null);
  };
  /** Typing by program that undo knows. @param {number} from @param {number} to @param {string} text */
  const type = (from, to, text) => {
    const field = area.current;
    if (!field) return;
    field.focus();
    field.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, text)) {
      field.setRangeText(text, from, to, "end");
      onValue?.(field.value);
    }
  };
  const accept = (/** @type {Keyword} */ keyword) => {
    if (!offer) return;
    // What may be left out is told, not written.
    type(offer.at - offer.typed.length, offer.at, keyword.form.replace(/\s*\[.*$/, ""));
    setOffer(null);
  };
  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    const field = area.current;
    if (!field || readonly || event.isComposing) return;
    if (offer) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        setChosen((chosen + step + offer.found.length) % offer.found.length);
        return;
      }
      if (event.key === "Tab" || event.key === "Enter") {
        event.preventDefault();
        accept(offer.found[chosen]);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        setOffer(null);
        return;
      }
    }
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      // The new line begins under the old one, one step further in after what opens a block.
      const start = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
      const line = field.value.slice(start, field.selectionStart);
      const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
      const opens = /\bTHEN\s*$|^\s*(ELSE|FOR|WHILE|DO|SELECT|CASE|SUB|FUNCTION|BEGIN)\b(?!.*\bTHEN\b)/i.test(line);
      if (!indent && !opens) return;
      event.preventDefault();
      type(field.selectionStart, field.selectionEnd, `\n${indent}${opens ? "  " : ""}`);
    }
  };

  const first = Math.max(0, Math.floor(view.top / LINE) - 4);
  const last = Math.min(lines.length, Math.ceil((view.top + view.height) / LINE) + 4);
  const shown = Array.from({ length: last - first }, (_, index) => first + index);
  const wrong = new Map([...errors].reverse().map((error) => [error.line, error]));
  return html`<div class="code" style=${{ "--digits": String(lines.length).length }} data-readonly=${readonly ? "" : undefined}>
    <div class="code-gutter" aria-hidden="true">
      <div style=${{ transform: `translateY(${first * LINE - view.top}px)` }}>
        ${shown.map((line) => html`<span key=${line} data-error=${wrong.has(line + 1) ? "" : undefined} data-current=${current === line + 1 ? "" : undefined}>${line + 1}</span>`)}
      </div>
    </div>
    <div class="code-body">
      <div class="code-picture" aria-hidden="true">
        <div style=${{ transform: `translate(${-view.left}px, ${first * LINE - view.top}px)` }}>
          ${shown.map((line) => html`<${Line} key=${line} pieces=${pieces[line]} error=${wrong.get(line + 1)?.message ?? null} column=${wrong.get(line + 1)?.column ?? 0} />`)}
        </div>
      </div>
      <textarea
        ref=${area}
        class="code-field"
        aria-label=${label}
        aria-invalid=${errors.length ? "true" : undefined}
        aria-autocomplete="list"
        aria-controls=${offer ? id : undefined}
        aria-activedescendant=${offer ? `${id}-${chosen}` : undefined}
        value=${value}
        readonly=${readonly}
        wrap="off"
        spellcheck="false"
        autocapitalize="off"
        autocomplete="off"
        onInput=${(/** @type {any} */ event) => {
          onValue?.(event.target.value);
          suggest();
        }}
        onKeyDown=${pressed}
        onBlur=${() => setOffer(null)}
        onClick=${() => setOffer(null)}
      />
      ${
        offer &&
        html`<ul class="code-offer" id=${id} role="listbox" aria-label=${label} style=${{ top: `${offer.line * LINE - view.top + 10}px`, left: `calc(${offer.column - 1 - offer.typed.length}ch - ${view.left}px + 10px)` }}>
          ${offer.found.map(
            (keyword, index) =>
              html`<li key=${keyword.form} id=${`${id}-${index}`} role="option" aria-selected=${String(index === chosen)} onPointerDown=${(/** @type {Event} */ event) => {
                event.preventDefault();
                accept(keyword);
              }}><code>${keyword.form}</code>${keyword.help && html`<span class="faint small cut">${keyword.help}</span>`}</li>`,
          )}
        </ul>`
      }
    </div>
  </div>`;
}
