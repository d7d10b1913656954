// Files of messages: pictures, sound, video, documents. They are fetched with the token and shown from memory.

import { api } from "../../api/client.js";
import { html, useEffect, useRef, useState } from "../../lib.js";
import { Dialog, Icon, IconButton, openDialog } from "../../components/index.js";
import { toastProblem } from "../../shell/toasts.js";
import { bytes, t } from "../../text.js";

/** @import { Attachment, MessageKind } from "../../api/types" */

/**
 * The address of a file while the component is there; fetched once it comes near the screen.
 * @param {string | null} path
 * @param {string} [otherwise] when that cannot be had
 * @returns {{ref: any, address: string | null, failed: boolean, fail: () => void}}
 */
function useFile(path, otherwise) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const [address, setAddress] = useState(/** @type {string | null} */ (null));
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!path || !element) return;
    const controller = new AbortController();
    let made = "";
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        const first = api.blob(path, controller.signal);
        (otherwise ? first.catch(() => api.blob(otherwise, controller.signal)) : first).then(
          (blob) => {
            made = URL.createObjectURL(blob);
            if (controller.signal.aborted) URL.revokeObjectURL(made);
            else setAddress(made);
          },
          () => controller.signal.aborted || setFailed(true),
        );
      },
      { rootMargin: "600px" },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      controller.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [path]);
  return { ref, address, failed, fail: () => setFailed(true) };
}

/** @param {Attachment} file */
async function download({ id, name }) {
  try {
    const address = URL.createObjectURL(await api.blob(`/api/attachments/${id}`));
    Object.assign(document.createElement("a"), { href: address, download: name || t("inbox.file") }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (problem) {
    toastProblem(problem);
  }
}

/** @param {{file: Attachment}} props */
function Document({ file }) {
  return html`<button type="button" class="file" onClick=${() => download(file)} disabled=${!file.id} title=${t("inbox.download")}>
    <span class="file-icon"><${Icon} name="file" /></span>
    <span class="grow"
      ><span class="cut">${file.name || t("inbox.file")}</span
      ><span class="faint small">${file.id ? bytes(file.size) : t("inbox.file.arriving")}</span></span
    >
    ${file.id && html`<${Icon} name="download" />`}
  </button>`;
}

/** @param {{file: Attachment, sticker: boolean}} props */
function Picture({ file, sticker }) {
  // A GIF's and a sticker's thumbnail stands still.
  const still = !sticker && file.mime !== "image/gif";
  const whole = `/api/attachments/${file.id}`;
  const { ref, address, failed, fail } = useFile(still ? `${whole}/thumbnail` : whole, still ? whole : undefined);
  if (failed) return html`<${Document} file=${file} />`;
  const name = file.name || t("inbox.kind.image");
  return html`<button type="button" ref=${ref} class=${sticker ? "picture sticker" : "picture"} aria-label=${t("inbox.picture.open", { name })} onClick=${() => look(file)}>
    ${address ? html`<img src=${address} alt=${name} onError=${fail} />` : html`<span class="picture-shape"><${Icon} name="image" /></span>`}
  </button>`;
}

/** The whole picture over the screen. @param {Attachment} file */
const look = (file) =>
  openDialog((close) => {
    const { ref, address, failed } = useFile(`/api/attachments/${file.id}`);
    return html`<${Dialog} title=${file.name || t("inbox.kind.image")} size="large" class="lightbox" onClose=${() => close()}
      footer=${html`<${IconButton} icon="download" label=${t("inbox.download")} onClick=${() => download(file)} />`}>
      <div class="lightbox-picture" ref=${ref}>
        ${address ? html`<img src=${address} alt=${file.name} />` : failed ? html`<p class="error">${t("inbox.file.failed")}</p>` : html`<span class="spinner" />`}
      </div>
    <//>`;
  });

/** @param {{file: Attachment, kind: "audio" | "video"}} props */
function Player({ file, kind }) {
  const { ref, address, failed } = useFile(file.id && `/api/attachments/${file.id}`);
  if (failed) return html`<${Document} file=${file} />`;
  return html`<div class=${`player ${kind}`} ref=${ref}>
    ${
      address
        ? html`<${kind} src=${address} controls preload="metadata" aria-label=${file.name || t(`inbox.kind.${kind}`)} />`
        : html`<span class="faint small row"><${Icon} name=${kind === "audio" ? "mic" : "video"} />${t(`inbox.kind.${kind}`)}</span>`
    }
    <${IconButton} size="small" icon="download" label=${t("inbox.download")} onClick=${() => download(file)} />
  </div>`;
}

/**
 * @param {{file: Attachment, kind: MessageKind}} props kind: of the message
 */
export function Media({ file, kind }) {
  const [type] = file.mime.split("/");
  if (!file.id) return html`<${Document} file=${file} />`;
  if (type === "image" && !file.mime.includes("svg")) return html`<${Picture} file=${file} sticker=${kind === "sticker"} />`;
  if (type === "audio" || type === "video") return html`<${Player} file=${file} kind=${type} />`;
  return html`<${Document} file=${file} />`;
}
