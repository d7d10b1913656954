// One tab of a browser holds the connection; what it hears the others hear. Where a browser has no locks, each its own.

export class Tabs {
  /** `lead` when this tab is the one; `hear` what another tab says. */
  constructor(name, { lead, hear }) {
    this.leads = false;
    this.ended = new AbortController();
    const become = () => {
      this.leads = true;
      lead();
    };
    try {
      this.channel = new BroadcastChannel(name);
      this.channel.onmessage = ({ data }) => hear(data);
    } catch {
      this.channel = null;
    }
    if (!this.channel || !navigator.locks) {
      become();
      return;
    }
    const hold = () => {
      become();
      return new Promise((resolve) => this.ended.signal.addEventListener('abort', resolve));
    };
    navigator.locks.request(name, { signal: this.ended.signal }, hold).catch((error) => {
      if (error.name !== 'AbortError') become(); // storage is blocked here
    });
  }

  tell(message) {
    if (this.channel) this.channel.postMessage(message);
  }

  leave() {
    this.ended.abort();
    if (this.channel) this.channel.close();
    this.channel = null;
    this.leads = false;
  }
}
