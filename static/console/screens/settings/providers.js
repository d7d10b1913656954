// What each kind of channel is made of: its credentials, its settings, and what is to be entered at the provider.

/** @typedef {{name: string, required?: boolean, secret?: boolean, digits?: boolean, url?: boolean, generate?: boolean}} Credential */
/** @typedef {{kind: string, provider: string, credentials: readonly Credential[], settings: readonly string[]}} Provider */

/** Those an installation can talk to. @type {readonly Provider[]} */
export const PROVIDERS = [
  {
    kind: "whatsapp",
    provider: "cloud",
    credentials: [
      { name: "phone_number_id", required: true, digits: true },
      { name: "business_account_id", digits: true },
      { name: "access_token", required: true, secret: true },
      { name: "app_secret", required: true, secret: true },
      { name: "verify_token", required: true, secret: true, generate: true },
    ],
    settings: ["api_version", "api_base_url"],
  },
  {
    kind: "web",
    provider: "web",
    credentials: [{ name: "identity_secret", secret: true, generate: true }],
    settings: [],
  },
  {
    kind: "api",
    provider: "api",
    credentials: [
      { name: "webhook_url", url: true },
      { name: "webhook_secret", secret: true, generate: true },
    ],
    settings: [],
  },
];

/** @param {{kind: string, provider: string}} channel */
export const providerOf = ({ kind, provider }) => PROVIDERS.find((one) => one.kind === kind && (kind !== "whatsapp" || one.provider === provider));

/** The tag of the widget for a site's pages. @param {string} origin @param {string} channel */
export const snippet = (origin, channel) => `<script async src="${origin}/widget.js" data-channel="${channel}"></script>`;

/** A text of the widget in a language: one for all, or one per language. @param {unknown} text @param {string} language @returns {string} */
export function spoken(text, language) {
  if (typeof text === "string") return text;
  const by = /** @type {Record<string, string> | null} */ (text && typeof text === "object" ? text : null);
  return by?.[language] ?? by?.["pt-BR"] ?? by?.en ?? "";
}

/**
 * The same with the text of one language changed; the same in every language is one text, none is nothing.
 * @param {unknown} text @param {string} language @param {string} written @param {readonly string[]} languages
 */
export function rephrased(text, language, written, languages) {
  const all = Object.fromEntries(languages.map((one) => [one, one === language ? written : spoken(text, one)]));
  if (!Object.values(all).some(Boolean)) return undefined;
  return all;
}
