import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, it } from 'vitest';

import { Plot } from '../src/answers/plot';
import { shownKind } from '../src/answers/words';
import { drawnIn } from '../src/cells';
import type { IPicture } from '../src/records';
import { exercise, trans } from './make';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const RAIN: IPicture = {
  png: 'AAAA',
  kind: 'bar',
  title: '',
  xlabel: '',
  ylabel: 'rain in mm',
  rows: [
    ['Jan', '62'],
    ['Feb', '40']
  ]
};

async function drawn(wanted: () => Promise<IPicture | null>, own: string | null): Promise<HTMLElement> {
  const node = document.createElement('div');
  await act(async () => createRoot(node).render(<Plot trans={trans} wanted={wanted} own={own} />));
  return node;
}

describe('a plot', () => {
  it('shows the wanted picture, its values for who does not see it, and the student’s own', async () => {
    const node = await drawn(async () => RAIN, 'BBBB');
    const [wanted, own] = [...node.querySelectorAll('figure')];
    expect(wanted.querySelector('img')!.alt).toBe('bar; y axis: rain in mm');
    expect([...wanted.querySelectorAll('td')].map(one => one.textContent)).toEqual([
      'Jan',
      '62',
      'Feb',
      '40'
    ]);
    expect(own.querySelector('img')!.src).toBe('data:image/png;base64,BBBB');
  });
  it('says that there is none of the student’s own yet', async () => {
    const node = await drawn(async () => RAIN, null);
    expect(node.textContent).toContain('No picture yet. Run the cell to draw it.');
  });
  it('stands aside where none can be drawn', async () => {
    expect((await drawn(async () => null, 'BBBB')).innerHTML).toBe('');
    expect((await drawn(() => Promise.reject(new Error('away')), null)).innerHTML).toBe('');
  });
  it('is the last picture of a run', () => {
    const picture = (png: unknown) => ({
      output_type: 'display_data',
      data: { 'image/png': png },
      metadata: {}
    });
    const outputs = [
      picture('AAAA'),
      picture('BB\nBB\n'),
      { output_type: 'stream', name: 'stdout', text: 'x' }
    ];
    expect(drawnIn(outputs as never)).toBe('BBBB');
    expect(drawnIn([])).toBeNull();
  });
  it('is a kind of its own, where it is plain code', () => {
    expect(shownKind(exercise({ answer: 'code', picture: true }))).toBe('plot');
    expect(shownKind(exercise({ answer: 'fill', picture: true }))).toBe('fill');
    expect(shownKind(exercise())).toBe('code');
  });
});
