import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, it } from 'vitest';

import { Reviews } from '../src/classes/reviews';
import { button, drawn, MARKED, setUp, TAB } from './reviews';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

describe('an answer to be marked', () => {
  it('that is asked for by itself is there though it has its marks, until another is chosen', async () => {
    const { model, server } = await setUp();
    server.alone = { ...MARKED, submission: 's9' };
    model.open('s9');
    (await model.read('c', {}))();
    expect(model.state.list!.map(one => one.submission)).toEqual(['s9', 's1']);
    expect([model.here, model.state.count]).toEqual([server.alone, 4]);
    expect(button(drawn(model)).textContent).toBe('Record other marks');
    model.step(1);
    (await model.read('c', {}))();
    expect(model.state.list!.map(one => one.submission)).toEqual(['s1']);
    model.open('s1'); // which waits
    (await model.read('c', {}))();
    expect([model.state.list!.length, model.here!.submission]).toEqual([1, 's1']);
  });

  it('names the tests that fail', async () => {
    const { model } = await setUp();
    const node = document.body.appendChild(document.createElement('div'));
    const root = createRoot(node);
    await act(async () => root.render(<Reviews model={model} tab={TAB} again={() => undefined} />));
    const failed = node.querySelector('ul[aria-label="Tests that fail"]')!;
    expect([...failed.children].map(one => one.textContent)).toEqual([
      'The mean of nothing hidden test Think of [].'
    ]);
    await act(async () => root.unmount());
    node.remove();
  });
});
