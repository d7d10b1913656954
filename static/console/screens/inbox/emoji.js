// Emoji for the composer: those people use with customers; the rest is on everybody's own keyboard.

import { html } from "../../lib.js";
import { Popover } from "../../components/index.js";
import { t } from "../../text.js";

const EMOJI = [
  ..."😀😄😅😂🙂😊😉😍😘🤗🤔😐🙄😬😴😕😟😢😭😤😡😱🥳😎",
  ..."👍👎👌🙏👏🙌💪🤝👋👀✨🎉🎁🔥⭐💡✅❌❗❓⏳⏰📅📎",
  ..."📄📦🚚💳💰📞📱💻🔒🔑🏠📍🛒🧾🐞💙💚💛🧡💜🖤🤍",
];

/** @param {{onPick: (emoji: string) => void, disabled?: boolean}} props */
export function EmojiPicker({ onPick, disabled }) {
  /** @param {KeyboardEvent} event */
  const move = (event) => {
    const buttons = /** @type {HTMLElement[]} */ ([.../** @type {HTMLElement} */ (event.currentTarget).children]);
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + 8, ArrowUp: at - 8, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons[to].focus();
  };
  return html`<${Popover} label=${t("inbox.emoji")} icon="smile" disabled=${disabled}>
    ${(/** @type {() => void} */ close) =>
      html`<div class="emoji" onKeyDown=${move}>
        ${EMOJI.map(
          (emoji, index) =>
            html`<button type="button" key=${emoji} tabindex=${index ? -1 : 0} onClick=${() => {
              close();
              onPick(emoji);
            }}>${emoji}</button>`,
        )}
      </div>`}
  <//>`;
}
