import { act } from 'react';
import { createRoot } from 'react-dom/client';

import type { ITab } from '../src/classes/tab';
import { clock, trans } from './make';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

/** What a class's server says by the last part of an address; what it was sent. */
export function fakeTab(answers: Record<string, unknown>) {
  const sent: [string, unknown][] = [];
  const staff = async (method: string, parts: string[], body?: unknown) => {
    if (method === 'POST') {
      sent.push([parts.slice(2).join('/'), body]);
    }
    return answers[parts.at(-1)!] ?? {};
  };
  const offering = { id: 'c', course: 'basics', title: 'Basics', term: '', time_zone: 'Europe/Vienna' };
  const own = {
    trans,
    clock: { ...clock, timeZone: 'Europe/Vienna' },
    api: { staff },
    offering,
    classes: [offering]
  };
  const tab = { ...own, turn: 0, beat: 0, find: '', section: '', admin: false, say: () => undefined };
  const named = (account: string | null) => account ?? 'somebody';
  return { tab: { ...tab, named } as unknown as ITab, sent };
}

/** A part of the page as a person uses it: by the words that stand there. */
export async function used(element: JSX.Element) {
  const node = document.body.appendChild(document.createElement('div'));
  const root = createRoot(node);
  await act(async () => root.render(element));
  const field = (label: string, within: ParentNode = node) => {
    const found = [...within.querySelectorAll('label')].find(one => one.textContent === label);
    const at = found ? `[id="${found.htmlFor}"]` : `[aria-label="${label}"]`;
    return (found?.querySelector('input') ?? within.querySelector(at)) as HTMLInputElement;
  };
  const fill = (label: string, text: string, within?: ParentNode) =>
    act(async () => {
      const own = field(label, within);
      // as a person does: React hears of it by the event alone
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(own), 'value')?.set?.call(own, text);
      own.dispatchEvent(new Event(own instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }));
    });
  const press = (words: string, within: ParentNode = node) =>
    act(async () => {
      const own = [...within.querySelectorAll('button')].find(one => one.textContent === words);
      (own ?? field(words, within)).click();
    });
  /** A file for a field of files. */
  const choose = (label: string, content: string) =>
    act(async () => {
      const own = field(label);
      Object.defineProperty(own, 'files', {
        configurable: true,
        value: [{ size: content.length, text: async () => content }]
      });
      own.dispatchEvent(new Event('change', { bubbles: true }));
    });
  const close = () => act(async () => root.unmount()).then(() => node.remove());
  return { node, field, fill, press, choose, close };
}
