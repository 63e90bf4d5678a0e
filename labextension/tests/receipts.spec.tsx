import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';

import { JudgementView } from '../src/grading/judgement';
import { saveReceipt } from '../src/grading/receipts';
import { IJudgement } from '../src/records';
import { RequestError } from '../src/requests';
import { clock, host, judgement, trans } from './make';

const warnings = vi.hoisted(() => [] as string[]);
vi.mock('@jupyterlab/apputils', () => ({ Notification: { warning: (text: string) => warnings.push(text) } }));

function buttons(change: Partial<IJudgement>): string[] {
  const node = document.createElement('div');
  node.innerHTML = renderToStaticMarkup(
    <JudgementView view={judgement(change)} trans={trans} clock={clock} host={host} />
  );
  const all = [...node.querySelectorAll('button')];
  return all.map(one => one.getAttribute('aria-label') ?? one.textContent ?? '');
}

const SAVE = 'Save receipt of Sum of the even numbers';

describe('Save receipt', () => {
  it('stands by what was handed in, right or wrong, and also while its result is not shown', () => {
    expect(buttons({ verdict: 'AC' })).toContain(SAVE);
    expect(buttons({ verdict: 'WA', score: 0, passed: 1 })).toContain(SAVE);
    expect(buttons({ verdict: null, score: null, checks: [] })).toContain(SAVE);
    expect(buttons({ state: 'waiting', verdict: null })).toContain(SAVE);
    expect(buttons({ verdict: 'AC' }).filter(name => name === SAVE)).toHaveLength(1);
  });

  it('does not stand by what was only tried, what was stopped, or what the server does not have', () => {
    for (const change of [
      { kind: 'try' },
      { state: 'cancelled' },
      { state: 'waiting', submission: '' }
    ] as const) {
      expect(buttons(change)).not.toContain(SAVE);
    }
  });

  it('saves the file byte by byte as it came, and says so', async () => {
    const made: { blob: Blob; name: string }[] = [];
    const said: string[] = [];
    const receipt = new Blob(['{"claims": 1}\n']);
    const asked: string[] = [];
    URL.createObjectURL = blob => {
      made.push({ blob: blob as Blob, name: '' });
      return 'blob:1';
    };
    URL.revokeObjectURL = () => undefined;
    const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
      this: HTMLAnchorElement
    ) {
      made.at(-1)!.name = this.download;
    });
    const api = { receipt: async (id: string) => (asked.push(id), receipt) };
    const context = { api, trans, announcer: { say: (text: string) => said.push(text) } };
    await saveReceipt(context as never, judgement());
    expect(asked).toEqual(['a1b2c3d4e5f6']);
    expect(made).toEqual([{ blob: receipt, name: 'receipt-sum-even-c3d4e5f6.json' }]);
    expect(said).toEqual(['Receipt saved.']);
    click.mockRestore();
  });

  it('says that the answer is stored where there is no receipt now', async () => {
    const api = { receipt: () => Promise.reject(new RequestError(503, 'store_unavailable', 'Full.')) };
    await saveReceipt({ api, trans, announcer: { say: () => undefined } } as never, judgement());
    expect(warnings.at(-1)).toContain('Your answer is stored');
  });
});
