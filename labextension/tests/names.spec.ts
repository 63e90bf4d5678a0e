import { expect, it } from 'vitest';

import { nameOutputs } from '../src/course/names';

it('a slider is called by the word beside it, unless a lesson has named it', async () => {
  const notebook = document.createElement('div');
  nameOutputs(notebook, 'Picture');
  const slider = (word: string, label = '') =>
    `<div class="widget-slider"><label class="widget-label">${word}</label><div role="slider" ${label}></div></div>`;
  notebook.innerHTML =
    slider('pieces') + slider('Step', 'aria-label="Walk through"') + slider('') + '<p>text</p>';
  await Promise.resolve();
  const names = [...notebook.querySelectorAll('[role=slider]')].map(one => one.getAttribute('aria-label'));
  expect(names).toEqual(['pieces', 'Walk through', null]);
});

it('a picture that says nothing of itself is called a picture', async () => {
  const notebook = document.createElement('div');
  nameOutputs(notebook, 'Picture');
  const image = (alt = '') => `<div class="jp-RenderedImage"><img src="data:," ${alt}></div>`;
  notebook.innerHTML = image() + image('alt="Sales by month"') + '<img src="data:,">';
  await Promise.resolve();
  const names = [...notebook.querySelectorAll('img')].map(one => one.getAttribute('alt'));
  expect(names).toEqual(['Picture', 'Sales by month', null]);
});
