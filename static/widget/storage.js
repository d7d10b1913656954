// What the frame keeps in the browser, under the channel's own prefix; in memory where a browser keeps nothing for us.

export class Storage {
  constructor(channel) {
    this.prefix = `attendance.${channel}.`;
    this.memory = new Map();
    try {
      window.localStorage.setItem(`${this.prefix}probe`, '1');
      window.localStorage.removeItem(`${this.prefix}probe`);
      this.kept = window.localStorage;
    } catch {
      this.kept = null;
    }
  }

  get(name) {
    const text = this.kept ? this.kept.getItem(this.prefix + name) : this.memory.get(name);
    try {
      return text == null ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  set(name, value) {
    const text = JSON.stringify(value);
    try {
      if (this.kept) this.kept.setItem(this.prefix + name, text);
      else this.memory.set(name, text);
    } catch {
      this.memory.set(name, text); // full: this tab still knows
    }
  }

  remove(name) {
    this.memory.delete(name);
    if (this.kept) this.kept.removeItem(this.prefix + name);
  }

  /** Names that begin so. */
  names(start) {
    const all = this.kept ? Object.keys(this.kept) : [...this.memory.keys()].map((name) => this.prefix + name);
    return all.filter((name) => name.startsWith(this.prefix + start)).map((name) => name.slice(this.prefix.length));
  }

  clear() {
    for (const name of this.names('')) this.remove(name);
  }
}
