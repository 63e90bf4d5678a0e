import { NotebookPanel } from '@jupyterlab/notebook';
import { afterEach, expect, test, vi } from 'vitest';

import { goTo } from '../src/course/opening';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A notebook of one exercise, which counts how often it is scrolled to; `grow` is what its page does while drawn. */
function opened() {
  let grow: () => void = () => undefined;
  const ends = vi.fn();
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(act: () => void) {
        grow = act;
      }
      observe(): void {}
      disconnect = ends;
    }
  );
  const metadata = { codegym: { role: 'answer', exercise: 'sum-even' } };
  const cell = { id: 'a', type: 'code', metadata, getMetadata: (key: string) => (metadata as never)[key] };
  const scrollToItem = vi.fn(() => Promise.resolve());
  const content = {
    model: { cells: Object.assign([cell], { get: () => cell }) },
    widgets: [],
    viewportNode: document.body,
    activate() {},
    deselectAll() {},
    scrollToItem
  };
  const panel = { content, disposed: { connect() {} } } as unknown as NotebookPanel;
  return { panel, scrollToItem, ends, grow: () => grow() };
}

test('an exercise stays in sight for as long as the cells of a slow machine go on growing', async () => {
  vi.useFakeTimers();
  const { panel, scrollToItem, ends, grow } = opened();
  expect(await goTo(panel, 'sum-even')).toBe(true);
  for (let second = 0; second < 12; second += 2) {
    vi.advanceTimersByTime(2000);
    grow();
  }
  expect(ends).not.toHaveBeenCalled();
  expect(scrollToItem).toHaveBeenCalledTimes(7);
  vi.advanceTimersByTime(3001);
  expect(ends).toHaveBeenCalled();
});

test('who scrolls is not pulled back', async () => {
  vi.useFakeTimers();
  const { panel, ends } = opened();
  await goTo(panel, 'sum-even');
  window.dispatchEvent(new Event('wheel'));
  expect(ends).toHaveBeenCalledOnce();
});
