// Elements in one line. Texts are text nodes, never markup.

const SVG = 'http://www.w3.org/2000/svg';
const ICONS = {
  close: 'M5.3 5.3a1 1 0 0 1 1.4 0L12 10.6l5.3-5.3a1 1 0 1 1 1.4 1.4L13.4 12l5.3 5.3a1 1 0 0 1-1.4 1.4L12 13.4l-5.3 5.3a1 1 0 0 1-1.4-1.4l5.3-5.3-5.3-5.3a1 1 0 0 1 0-1.4Z',
  send: 'M3.4 20.4 21 12.9a1 1 0 0 0 0-1.8L3.4 3.6a.8.8 0 0 0-1.1 1L4.8 11l8.2 1-8.2 1-2.5 6.4a.8.8 0 0 0 1.1 1Z',
  attach: 'M18.4 11.2 12 17.6a3.6 3.6 0 0 1-5.1-5.1l7-7a2.1 2.1 0 0 1 3 3l-6.4 6.4a.6.6 0 0 1-.9-.9l5.8-5.8a.8.8 0 1 0-1.1-1.1l-5.8 5.7a2.2 2.2 0 0 0 3.1 3.1L18 9.6a3.7 3.7 0 0 0-5.2-5.2l-7 7a5.2 5.2 0 0 0 7.3 7.3l6.4-6.4a.8.8 0 0 0-1.1-1.1Z',
  smile: 'M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19Zm0 1.7a7.8 7.8 0 1 1 0 15.6 7.8 7.8 0 0 1 0-15.6ZM8.7 8.7a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4Zm6.6 0a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4Zm-7.4 5a.8.8 0 0 0-.7 1.2 5.6 5.6 0 0 0 9.6 0 .8.8 0 1 0-1.4-.8 4 4 0 0 1-6.8 0 .8.8 0 0 0-.7-.4Z',
  file: 'M7 2.5A2.5 2.5 0 0 0 4.5 5v14A2.5 2.5 0 0 0 7 21.5h10a2.5 2.5 0 0 0 2.5-2.5V9l-6.5-6.5H7Zm5.5 1.7V9a.8.8 0 0 0 .8.8h4.7V19a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Z',
  sound: 'M11.5 4.2 7.3 7.7H4.5A1.5 1.5 0 0 0 3 9.2v5.6a1.5 1.5 0 0 0 1.5 1.5h2.8l4.2 3.5a1 1 0 0 0 1.5-.8V5a1 1 0 0 0-1.5-.8Zm4.3 4a.8.8 0 0 0-.1 1.2 3.7 3.7 0 0 1 0 5.2.8.8 0 0 0 1.2 1.1 5.3 5.3 0 0 0 0-7.4.8.8 0 0 0-1.1-.1Zm2.6-2.7a.8.8 0 0 0 0 1.2 7.5 7.5 0 0 1 0 10.6.8.8 0 1 0 1.2 1.1 9.1 9.1 0 0 0 0-12.8.8.8 0 0 0-1.2-.1Z',
  mute: 'M11.5 4.2 7.3 7.7H4.5A1.5 1.5 0 0 0 3 9.2v5.6a1.5 1.5 0 0 0 1.5 1.5h2.8l4.2 3.5a1 1 0 0 0 1.5-.8V5a1 1 0 0 0-1.5-.8Zm4.2 5.5 2.1 2.1 2.1-2.1 1.2 1.2-2.1 2.1 2.1 2.1-1.2 1.2-2.1-2.1-2.1 2.1-1.2-1.2 2.1-2.1-2.1-2.1Z',
  down: 'M12 4a1 1 0 0 1 1 1v11.6l4.3-4.3a1 1 0 0 1 1.4 1.4l-6 6a1 1 0 0 1-1.4 0l-6-6a1 1 0 0 1 1.4-1.4l4.3 4.3V5a1 1 0 0 1 1-1Z',
  video: 'M4.5 6A2.5 2.5 0 0 0 2 8.5v7A2.5 2.5 0 0 0 4.5 18h8a2.5 2.5 0 0 0 2.5-2.5v-1.3l4.5 2.9a1 1 0 0 0 1.5-.9V7.8a1 1 0 0 0-1.5-.9L15 9.8V8.5A2.5 2.5 0 0 0 12.5 6h-8Z',
  bot: 'M12 2a1 1 0 0 1 1 1v1.5h3.5A3.5 3.5 0 0 1 20 8v7a3.5 3.5 0 0 1-3.5 3.5H13l-3.6 3a.6.6 0 0 1-1-.5v-2.5h-.9A3.5 3.5 0 0 1 4 15V8a3.5 3.5 0 0 1 3.5-3.5H11V3a1 1 0 0 1 1-1ZM9 9.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Zm6 0a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Z',
};

/** An element: attributes, `on…` listeners, and properties for what only exists as one. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in PROPERTIES) element[name] = value;
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

const PROPERTIES = { value: 1, checked: 1, disabled: 1, hidden: 1, textContent: 1, className: 1 };

export const icon = (name) => drawing(ICONS[name], '');

/** A face for 1 (sad) to 5 (glad), in lines. */
export function face(score) {
  const mouth = ['M8.2 16.6Q12 12.4 15.8 16.6', 'M8.4 16Q12 13.8 15.6 16', 'M8.4 15.2H15.6', 'M8.4 14.4Q12 16.9 15.6 14.4', 'M7.6 13.6Q12 19.6 16.4 13.6Z'];
  return drawing(`M12 2.8a9.2 9.2 0 1 0 0 18.4a9.2 9.2 0 1 0 0-18.4ZM8.8 9.2v.9M15.2 9.2v.9${mouth[score - 1]}`, 'lines');
}

function drawing(lines, className) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', className);
  path.setAttribute('d', lines);
  svg.append(path);
  return svg;
}

/** Makes `parent` hold exactly these children; those it holds already are kept, so that focus and playback go on. */
export function fill(parent, children) {
  let at = parent.firstChild;
  for (const child of children) {
    if (child === at) at = at.nextSibling;
    else parent.insertBefore(child, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}
