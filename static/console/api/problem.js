// Why a request failed, as the server says it (RFC 9457) or as the browser does.

/** @import { FieldError } from "./types" */

export class Problem extends Error {
  /**
   * @param {{status?: number, code?: string, title?: string, detail?: string, errors?: FieldError[], request_id?: string | null}} body
   * @param {number | null} [retryAfter] seconds
   */
  constructor(body, retryAfter = null) {
    super(body.detail || body.title || body.code || "problem");
    this.name = "Problem";
    /** 0: the server was not reached. */
    this.status = body.status ?? 0;
    this.code = body.code ?? "unknown";
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.errors = body.errors ?? [];
    this.requestId = body.request_id ?? null;
    this.retryAfter = retryAfter;
  }

  /** The same request may succeed later: nothing was wrong with it. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /**
   * What the server says about one field.
   * @param {string} name
   */
  of(name) {
    return this.errors.find((error) => error.field === name)?.message;
  }

  /** @param {unknown} cause */
  static unreachable(cause) {
    const problem = new Problem({ status: 0, code: "unreachable" });
    problem.cause = cause;
    return problem;
  }

  /** @param {Response} response */
  static async read(response) {
    const wait = Number(response.headers.get("retry-after"));
    let body = {};
    if (response.headers.get("content-type")?.includes("json")) body = await response.json().catch(() => ({}));
    return new Problem({ code: `http_${response.status}`, ...body, status: response.status }, wait || null);
  }
}
