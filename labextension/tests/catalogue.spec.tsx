import { Signal } from '@lumino/signaling';
import { CommandRegistry } from '@lumino/commands';
import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import { CatalogueView } from '../src/course/catalogue';
import { Courses } from '../src/course/model';
import type { ICatalogue, ICourseRow } from '../src/records';
import type { IServer } from '../src/tokens';
import { clock, trans } from './make';

const ROW: ICourseRow = {
  id: 'python-basics',
  title: 'Python basics',
  broken: false,
  exercises: 3,
  done: 0,
  points: 0,
  max_points: 1,
  next_due: null,
  practice: true,
  state: 'not_started'
};
const BROKEN = 'loops.yaml:5: sum-even: `pionts` is not a key here; did you mean `points`?';

async function drawn(catalogue: ICatalogue, firstVisit = false): Promise<HTMLElement> {
  const stream = { message: new Signal({}), connected: new Signal({}) };
  const api = { awayChanged: new Signal({}), catalogue: async () => catalogue };
  const server = { api, stream, trans, clock } as unknown as IServer;
  const model = new Courses(server);
  await model.refresh();
  model.firstVisit = firstVisit;
  const node = document.createElement('div');
  const commands = new CommandRegistry();
  node.innerHTML = renderToStaticMarkup(<CatalogueView model={model} server={server} commands={commands} />);
  return node;
}
const text = (node: Element) => node.textContent ?? '';

describe('the catalogue', () => {
  it('shows where to begin at the first visit, until something was begun', async () => {
    const begin = 'Begin';
    expect(text(await drawn({ courses: [ROW], place: 'local' }, true))).toContain(begin);
    expect(
      text(await drawn({ courses: [{ ...ROW, state: 'started' }], place: 'local' }, true))
    ).not.toContain(begin);
    expect(text(await drawn({ courses: [ROW], place: 'local' }))).not.toContain(begin);
  });

  it('counts a single point as one', async () =>
    expect(text(await drawn({ courses: [ROW], place: 'class' }))).toContain(
      'Not started · 3 exercises · 1 point'
    ));
  it('counts no points where nothing counts', async () =>
    expect(text(await drawn({ courses: [ROW], place: 'local' }))).toContain(
      'Not started · 3 exercises · practice'
    ));

  it('names file and line of what is broken, beside what can be used', async () => {
    const whole = { ...ROW, broken: true, exercises: 0, errors: [BROKEN] };
    const broken = await drawn({ courses: [whole], place: 'local' });
    expect(text(broken)).toContain('Cannot be read: 1 mistake in loops.yaml');
    expect(text(broken.querySelector('details li')!)).toBe(
      'loops.yaml:5 sum-even: pionts is not a key here; did you mean points?'
    );
    expect(broken.querySelector('details li button')).toBeNull();
    const part = await drawn({ courses: [{ ...ROW, errors: [BROKEN], folder: 'mine' }], place: 'local' });
    expect(text(part.querySelector('details li button')!)).toBe('loops.yaml:5');
    expect(part.querySelector('button.codegym-Course')).not.toBeNull();
    expect(text(part)).toContain('1 mistake in loops.yaml');
  });

  it('says that work on Binder is lost, and lets it be taken away', async () => {
    const sandbox = { level: 'confined', why: 'no namespaces' };
    const binder = await drawn({ courses: [ROW], place: 'binder', sandbox });
    expect(text(binder)).toContain('Work here is lost when this page closes.');
    expect(text(binder)).toContain('Check runs in a lighter sandbox (confined).');
    expect(text(binder.querySelector('.codegym-Note button')!)).toBe('Download my work');
  });

  it('says how to add a course where there is none', async () => {
    const none = await drawn({
      courses: [],
      errors: ['config.yaml:1: what is wrong; the mend'],
      place: 'local'
    });
    expect(text(none)).toContain('codegym lab --courses DIR');
    expect(text(none)).toContain('Add an example course');
    expect(text(none)).toContain('1 mistake in config.yaml');
  });
});
