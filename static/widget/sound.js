// Two soft tones for a new message. Browsers allow sound only after a gesture in this frame; before that, silence.

let context = null;

for (const gesture of ['pointerdown', 'keydown']) {
  window.addEventListener(gesture, () => (context = context ?? new AudioContext()), { once: true, capture: true });
}

export function chime() {
  if (context?.state !== 'running') return;
  for (const [tone, after] of [[660, 0], [880, 0.12]]) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    const at = context.currentTime + after;
    oscillator.frequency.value = tone;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.08, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.4);
  }
}
