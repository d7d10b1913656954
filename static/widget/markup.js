// What a bot writes, as elements: paragraphs, lists, code, bold, italic, links. A whitelist: everything else stays text.

import { h } from './dom.js';

const INLINE =
  /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^\s*](?:[^*\n]*[^\s*])?)\*|(?<![\p{L}\d])_([^_\n]+)_(?![\p{L}\d])|\[([^\]\n]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>"]+)/gu;
const BARE = /(https?:\/\/[^\s<>"]+)/g;

/** A link, if its address is one that may be followed. */
function link(address, label) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol)) return null;
  return h('a', { href: url.href, target: '_blank', rel: 'noopener nofollow' }, label);
}

/** An address in running text; the full stop behind it is not part of it. */
function bare(text) {
  const end = text.match(/[.,;:!?)\]}'*_]+$/)?.[0] ?? '';
  const address = text.slice(0, text.length - end.length);
  return [link(address, address) ?? address, end];
}

function inline(text) {
  const made = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, bold, italic, label, address, naked] = match;
    made.push(text.slice(at, match.index));
    at = match.index + whole.length;
    if (code != null) made.push(h('code', {}, code));
    else if (strong ?? bold) made.push(h('strong', {}, ...inline(strong ?? bold)));
    else if (italic != null) made.push(h('em', {}, ...inline(italic)));
    else if (label != null) made.push(link(address, label) ?? whole);
    else made.push(...bare(naked));
  }
  made.push(text.slice(at));
  return made.filter((part) => part !== '');
}

/** Text of a person: as it is, with its addresses as links. */
export function plain(text) {
  return text.split(BARE).flatMap((part, index) => (index % 2 ? bare(part) : part)).filter((part) => part !== '');
}

/** Text of a bot, block by block. */
export function rich(text) {
  const blocks = [];
  const lines = text.split('\n');
  let list = null;
  let paragraph = null;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (line.startsWith('```')) {
      const end = lines.findIndex((other, index) => index > at && other.startsWith('```'));
      const last = end < 0 ? lines.length : end;
      blocks.push(h('pre', { tabindex: 0 }, h('code', {}, lines.slice(at + 1, last).join('\n'))));
      [at, list, paragraph] = [last, null, null];
      continue;
    }
    const [, dot, number, item] = line.match(/^\s*(?:([-*•])|(\d{1,3})[.)])\s+(.+)$/) ?? [];
    if (item) {
      const tag = dot ? 'UL' : 'OL';
      if (list?.tagName !== tag) {
        list = h(tag, { start: number && number !== '1' ? number : null });
        blocks.push(list);
      }
      list.append(h('li', {}, ...inline(item)));
      paragraph = null;
    } else if (line.trim()) {
      if (paragraph) {
        paragraph.append(h('br'));
      } else {
        paragraph = h('p');
        blocks.push(paragraph);
      }
      paragraph.append(...inline(line));
      list = null;
    } else {
      [list, paragraph] = [null, null];
    }
  }
  return blocks;
}
