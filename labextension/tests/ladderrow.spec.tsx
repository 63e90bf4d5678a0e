import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, it, vi } from 'vitest';

import type { Api } from '../src/requests';
import { LadderRow } from '../src/tutor/ladderrow';
import { Ladders } from '../src/tutor/model';
import { REF } from './fakes';
import { trans } from './make';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

describe('the row of hints', () => {
  it('takes no click that would be lost: not while an answer is on its way', async () => {
    const next = { ready: true, ready_in_s: 0, cost: 0, say_back: false };
    const hints = vi.fn().mockResolvedValue({ total: 4, given: [], next });
    const ladders = new Ladders({ hints } as unknown as Api);
    await ladders.refresh(REF);
    const ask = vi.fn();
    const node = document.createElement('div');
    const root = createRoot(node);
    for (const busy of [true, false]) {
      await act(async () =>
        root.render(<LadderRow ladders={ladders} trans={trans} of={REF} ask={ask} busy={busy} />)
      );
      node.querySelector('button')?.click();
      expect(node.querySelector('button')?.getAttribute('aria-disabled')).toBe(busy ? 'true' : null);
      expect(ask).toHaveBeenCalledTimes(busy ? 0 : 1);
    }
  });
});
