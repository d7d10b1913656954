// Asking the server from a component.

import { useCallback, useEffect, useRef, useState } from "../lib.js";
import { changes } from "../store/live.js";

/** @type {readonly string[]} */
const NOTHING = [];

/**
 * What `fetch` answers, asked again when one of `inputs` changes, by `reload`, or when anybody changed a thing of one of the
 * kinds `on` (`user`, `queue` ...); an answer that comes too late is dropped. While it is asked again the old data stays. Draw it
 * with `Loaded`.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} fetch
 * @param {readonly unknown[]} inputs
 * @param {readonly string[]} [on]
 * @returns {{data: T | undefined, problem: unknown, loading: boolean, reload: () => void, set: (data: T) => void}}
 */
export function useLoad(fetch, inputs, on = NOTHING) {
  const [result, setResult] = useState(/** @type {{data?: T, problem?: unknown, loading: boolean}} */ ({ loading: true }));
  const running = useRef(/** @type {AbortController | null} */ (null));
  const start = useCallback(() => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setResult(({ data }) => ({ data, loading: true }));
    fetch(controller.signal).then(
      (data) => controller.signal.aborted || setResult({ data, loading: false }),
      (problem) => controller.signal.aborted || setResult(({ data }) => ({ data, problem, loading: false })),
    );
  }, inputs);
  useEffect(() => {
    start();
    return () => running.current?.abort();
  }, [start]);
  useEffect(() => (on.length ? changes(on, start) : undefined), [start, on.join()]);
  const set = useCallback((/** @type {T} */ data) => setResult({ data, loading: false }), []);
  return { data: result.data, problem: result.problem, loading: result.loading, reload: start, set };
}

/**
 * An action of a button or form: `busy` while it runs, `problem` when it was refused. Resolves to whether it was done.
 * @returns {{busy: boolean, problem: any, run: (work: () => Promise<unknown>) => Promise<boolean>, clear: () => void}}
 */
export function useAction() {
  const [state, setState] = useState(/** @type {{busy: boolean, problem: any}} */ ({ busy: false, problem: null }));
  const run = async (/** @type {() => Promise<unknown>} */ work) => {
    setState({ busy: true, problem: null });
    try {
      await work();
      setState({ busy: false, problem: null });
      return true;
    } catch (problem) {
      setState({ busy: false, problem });
      return false;
    }
  };
  return { ...state, run, clear: () => setState({ busy: false, problem: null }) };
}
