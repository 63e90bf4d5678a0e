import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, it, vi } from 'vitest';

import type { Verdict } from '../src/records';
import { QuickActions } from '../src/tutor/quick';
import { REF } from './fakes';
import { exercise, judgement, trans } from './make';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

interface IMoment {
  verdict?: Verdict;
  lastError?: string;
  hints?: { given: number; total: number };
  tutor?: 'full' | 'hints';
  contact?: string;
}

async function labels({ verdict, lastError, hints, tutor = 'full', contact }: IMoment) {
  const ask = vi.fn();
  const props = {
    conversations: { of: () => ({ turns: [], running: null, tutor }) },
    tickets: { of: () => ({ contact: contact ?? null }) },
    server: { trans },
    courses: {
      find: () => exercise({ hints }),
      neighbour: () => ({ unit: 'loops', lesson: null, exercise: 'next', title: 'Maximum' })
    },
    grading: { shown: () => ({ lastError, judgement: verdict ? judgement({ verdict }) : null }) },
    commands: {},
    of: REF,
    ask
  } as unknown as Parameters<typeof QuickActions>[0];
  const node = document.createElement('div');
  await act(async () => createRoot(node).render(<QuickActions {...props} />));
  return { all: [...node.querySelectorAll('button')].map(button => button.textContent), node, ask };
}

describe('quick actions', () => {
  const left = { given: 1, total: 3 };

  it('fit the moment', async () => {
    expect((await labels({})).all).toEqual([]);
    expect((await labels({ lastError: 'NameError: x' })).all).toEqual(['Explain this error']);
    expect((await labels({ verdict: 'RTE' })).all).toEqual(['Explain this error']);
    expect((await labels({ verdict: 'AC' })).all).toEqual(['Review my solution', 'Next: Maximum']);
    expect((await labels({ verdict: 'AC', contact: 'Ana' })).all.at(-1)).toBe('Ask Ana');
  });
  it('offer a hint after a wrong answer, unless the ladder does', async () => {
    expect((await labels({ verdict: 'WA', hints: left })).all).toEqual(['Why is it wrong?']);
    for (const hints of [undefined, { given: 0, total: 0 }, { given: 3, total: 3 }]) {
      const { all, node, ask } = await labels({ verdict: 'WA', hints });
      expect(all).toEqual(['Why is it wrong?', 'Give me a hint']);
      node.querySelectorAll('button')[1].click();
      expect(ask).toHaveBeenCalledWith('Give me a hint', 'hint');
    }
  });
  it('are hints alone where the policy gives no more', async () => {
    expect((await labels({ verdict: 'RTE', tutor: 'hints' })).all).toEqual([]);
    expect((await labels({ verdict: 'WA', tutor: 'hints' })).all).toEqual(['Give me a hint']);
  });
});
