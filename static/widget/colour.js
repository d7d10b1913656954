// The channel's colour, made readable: on it, and as ink on the surface of either theme (WCAG contrast).

function channels(colour) {
  const digits = colour.slice(1).replace(/^(.)(.)(.)$/, '$1$1$2$2$3$3');
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}

function luminance(parts) {
  const [r, g, b] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const hex = (parts) => `#${parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

/** `#rgb` or `#rrggbb`; anything else is the product's own. */
export const valid = (colour) => (/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(colour || '') ? colour : '#4338ca');

/** Black or white on this colour, whichever is easier to read. */
export function on(colour) {
  const parts = channels(colour);
  return contrast(parts, [255, 255, 255]) >= contrast(parts, [17, 17, 17]) ? '#ffffff' : '#111111';
}

/** The colour as ink: towards black or white until it reads on the surface. */
export function ink(colour, surface) {
  const [ground, target] = [channels(surface), luminance(channels(surface)) > 0.3 ? 0 : 255];
  let parts = channels(colour);
  for (let step = 0; step < 20 && contrast(parts, ground) < 4.6; step += 1) {
    parts = parts.map((part) => part + (target - part) * 0.12);
  }
  return hex(parts);
}
