// A file to the server, with its progress, which `fetch` does not tell.

import { Problem } from "../../api/client.js";
import { bearer } from "../../api/session.js";

/** @typedef {{id: string, mime: string, size: number, name: string}} Uploaded */

/**
 * @param {File} file
 * @param {(share: number) => void} onProgress 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<Uploaded>} throws a Problem
 */
export async function upload(file, onProgress, signal) {
  const token = await bearer();
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", "/api/attachments");
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.setRequestHeader("accept-language", document.documentElement.lang);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 300) done(request.response);
      else failed(new Problem({ code: `http_${request.status}`, ...request.response, status: request.status }));
    };
    request.onerror = () => failed(Problem.unreachable("upload"));
    request.onabort = () => failed(Problem.unreachable("aborted"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
