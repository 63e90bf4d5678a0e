import { Signal } from '@lumino/signaling';
import { CommandRegistry } from '@lumino/commands';
import { UseSignal } from '@jupyterlab/ui-components';
import React, { act } from 'react';
import { createRoot, Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Courses } from '../src/course/model';
import { CourseTree } from '../src/course/treeview';
import type { IServer } from '../src/tokens';
import { clock, exercise, page, trans, unit } from './make';

const ROWS = [exercise({ id: 'one', title: 'One' }), exercise({ id: 'two', title: 'Two' })];
const PAGE = page([unit('loops', ROWS)]);

describe('the tab stop of the tree', () => {
  let node: HTMLElement;
  let root: Root;
  let model: Courses;
  beforeEach(async () => {
    Element.prototype.scrollIntoView ??= () => undefined;
    const stream = { message: new Signal({}), connected: new Signal({}) };
    const api = { awayChanged: new Signal({}), course: async () => PAGE };
    const server = { api, stream, trans, clock } as unknown as IServer;
    model = new Courses(server);
    await model.need('python-basics');
    model.current = { course: 'python-basics', exercise: 'one' };
    node = document.body.appendChild(document.createElement('div'));
    root = createRoot(node);
    const props = { model, server, commands: new CommandRegistry(), page: PAGE };
    act(() => root.render(<UseSignal signal={model.changed}>{() => <CourseTree {...props} />}</UseSignal>));
  });
  afterEach(() => {
    act(() => root.unmount());
    node.remove();
  });
  const stop = () => node.querySelector<HTMLElement>('[tabindex="0"]')!;
  const goOn = (): void => {
    model.current = { course: 'python-basics', exercise: 'two' };
  };

  it('is what is in front, also after another row was', () => {
    act(() => stop().focus());
    act(() => stop().blur());
    act(goOn);
    expect(stop().dataset.key).toBe('exercise:two');
    expect(document.activeElement).toBe(document.body);
  });
  it('has the focus that came before what is in front was drawn', () => {
    act(() => {
      goOn();
      stop().focus();
    });
    expect((document.activeElement as HTMLElement).dataset.key).toBe('exercise:two');
    expect(stop()).toBe(document.activeElement);
  });
});
