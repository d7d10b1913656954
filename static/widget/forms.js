// Forms: before the first message, outside business hours, and the rating at the end.

import { face, h } from './dom.js';
import { told } from './texts.js';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;
const AUTOCOMPLETE = { name: 'name', email: 'email', phone: 'tel' };
let forms = 0;

/** What is wrong with a value, in words; nothing when it may be sent. */
function fault(field, value, words) {
  if (field.required && !value) return field.type === 'consent' ? words.consentRequired : words.required;
  if (!value) return null;
  if (field.type === 'email' && !EMAIL.test(value)) return words.invalidEmail;
  if (field.type === 'phone' && value.replace(/\D/g, '').length < 8) return words.invalidPhone;
  if (field.pattern) {
    try {
      if (!new RegExp(`^(?:${field.pattern})$`, 'u').test(value)) return words.invalid;
    } catch {
      return null; // the channel's pattern is no pattern: nothing to hold against the visitor
    }
  }
  return null;
}

function control(field, id, words) {
  const attributes = {
    id, name: field.name, required: !!field.required, maxlength: field.type === 'textarea' ? 4000 : 255,
    autocomplete: AUTOCOMPLETE[field.name] ?? null,
  };
  if (field.type === 'select') {
    const options = (field.options ?? []).map((option) => {
      const value = typeof option === 'string' ? option : option.value;
      return h('option', { value }, typeof option === 'string' ? option : told(option.label, words));
    });
    return h('select', { ...attributes, maxlength: null }, h('option', { value: '' }, words.choose), ...options);
  }
  if (field.type === 'textarea') return h('textarea', { ...attributes, rows: 4 });
  if (field.type === 'checkbox' || field.type === 'consent') return h('input', { ...attributes, maxlength: null, type: 'checkbox' });
  const type = { email: 'email', phone: 'tel' }[field.type] ?? 'text';
  return h('input', { ...attributes, type });
}

/** One field with its label and the place of its fault. */
function row(field, words) {
  const id = `f${forms}-${field.name}`;
  const input = control(field, id, words);
  const wrong = h('p', { id: `${id}-wrong`, class: 'wrong', hidden: true });
  const label = told(field.label, words) || words[field.name] || field.name;
  const value = () => (input.type === 'checkbox' ? (input.checked ? 'true' : '') : input.value.trim());
  const check = () => {
    const fault_ = fault(field, value(), words);
    wrong.textContent = fault_ ?? '';
    wrong.hidden = !fault_;
    input.setAttribute('aria-invalid', String(!!fault_));
    if (fault_) input.setAttribute('aria-describedby', wrong.id);
    else input.removeAttribute('aria-describedby');
    return !fault_;
  };
  input.addEventListener('input', () => wrong.hidden || check());
  const optional = field.required || field.type === 'checkbox' ? null : h('small', {}, ` (${words.optional})`);
  const ticked = input.type === 'checkbox';
  const text = h('label', { for: id }, field.type === 'consent' ? field.text : label, optional);
  const element = ticked
    ? h('div', { class: 'tick' }, input, text, wrong)
    : h('div', { class: 'field' }, text, input, wrong);
  return { field, input, element, value, check, label };
}

/** A card of fields. `done(values, labels)` may refuse by throwing: its message is shown. */
export function form({ title, lead, fields, submit, done, extra }, words) {
  forms += 1;
  const rows = fields.map((field) => row(field, words));
  const button = h('button', { class: 'primary', type: 'submit' }, submit);
  const wrong = h('p', { class: 'wrong', role: 'alert', hidden: true });
  const send = async (event) => {
    event.preventDefault();
    const bad = rows.filter((one) => !one.check());
    if (bad.length) {
      bad[0].input.focus();
      return;
    }
    button.disabled = true;
    wrong.hidden = true;
    try {
      await done(Object.fromEntries(rows.map((one) => [one.field.name, one.value()])), Object.fromEntries(rows.map((one) => [one.field.name, one.label])));
    } catch (error) {
      wrong.textContent = error.status ? error.message : words.unreachable;
      wrong.hidden = false;
    }
    button.disabled = false;
  };
  return h('form', { class: 'card', novalidate: true, onsubmit: send }, h('h2', {}, title), lead && h('p', { class: 'lead' }, lead), ...rows.map((one) => one.element), wrong, button, extra);
}

/** The text to agree to, with its link, as a field. */
export function consentField(consent, words) {
  const text = told(consent.text, words) || words.consent;
  return { name: 'consent', type: 'consent', required: true, text: h('span', {}, text, ...policy(consent, words)) };
}

export function policy(privacy, words) {
  if (!/^https?:\/\//.test(privacy?.url ?? '')) return [];
  return [' ', h('a', { href: privacy.url, target: '_blank', rel: 'noopener nofollow' }, words.policy)];
}

/** How was it, in faces; or whether they would recommend us, in numbers. `rate(score, comment)` sends, `again()` opens it once more. */
export function rating(state, { rate, again }, words) {
  const recommends = state.kind === 'nps';
  const known = Number.isInteger(state.score);
  if (state.phase === 'done') {
    return h('div', { class: 'card rating', role: 'status' },
      h('p', { class: 'thanks' }, recommends ? h('span', {}, `${state.score}/10`) : face(state.score), words.thanks),
      h('button', { class: 'text', type: 'button', onclick: again }, words.changeRating));
  }
  const comment = h('textarea', { rows: 2, maxlength: 2000, 'aria-label': words.comment, placeholder: words.comment, value: state.comment ?? '' });
  const button = h('button', { class: 'primary', type: 'submit', disabled: !known || state.phase === 'sending' }, words.sendRating);
  let score = state.score;
  const ends = { 0: words.unlikely, 10: words.likely };
  const choices = recommends ? Array.from({ length: 11 }, (_, value) => [value, ends[value] ? `${value}, ${ends[value]}` : String(value)]) : words.scores.map((label, index) => [index + 1, label]);
  const faces = choices.map(([value, label]) => {
    const name = `score${state.handoff ?? ''}`;
    const input = h('input', { type: 'radio', name, value: String(value), 'aria-label': label, checked: score === value,
      onchange: () => {
        score = value;
        button.disabled = false;
        more.hidden = false;
        more.scrollIntoView({ block: 'nearest' });
      } });
    return h('label', { title: label }, input, recommends ? h('span', { 'aria-hidden': 'true' }, String(value)) : face(value));
  });
  const more = h('div', { class: 'more', hidden: !known }, comment, button);
  const send = (event) => {
    event.preventDefault();
    rate(score, comment.value.trim());
  };
  const failed = state.phase === 'failed' && h('p', { class: 'wrong', role: 'alert' }, words.rateFailed);
  return h('form', { class: 'card rating', onsubmit: send }, h('fieldset', {}, h('legend', {}, recommends ? words.recommend : words.rate),
    h('div', { class: recommends ? 'faces numbers' : 'faces' }, ...faces),
    recommends && h('p', { class: 'ends', 'aria-hidden': 'true' }, ...Object.entries(ends).map(([value, end]) => h('span', {}, `${value} – ${end}`)))), more, failed);
}
