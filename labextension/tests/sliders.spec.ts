import { expect, it } from 'vitest';

import { nameSliders } from '../src/course/sliders';

it('a slider is called by the word beside it, unless a lesson has named it', async () => {
  const notebook = document.createElement('div');
  nameSliders(notebook);
  const slider = (word: string, label = '') =>
    `<div class="widget-slider"><label class="widget-label">${word}</label><div role="slider" ${label}></div></div>`;
  notebook.innerHTML =
    slider('pieces') + slider('Step', 'aria-label="Walk through"') + slider('') + '<p>text</p>';
  await Promise.resolve();
  const names = [...notebook.querySelectorAll('[role=slider]')].map(one => one.getAttribute('aria-label'));
  expect(names).toEqual(['pieces', 'Walk through', null]);
});
