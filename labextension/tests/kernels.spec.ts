import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { expect, it } from 'vitest';

import { CourseKernels, runsEarly } from '../src/course/kernels';
import { trans } from './make';

const SPECS = { kernelspecs: { bash: {} } };

/** A notebook that names a kernel, opened while the lab knows these kernels, and later has them all. */
async function opened(name: string, known: object | null) {
  const begun: string[] = [];
  const kernelspecs = { specs: known, ready: Promise.resolve() };
  const metadata: Record<string, unknown> = { codegym: { course: 'c', unit: 'u' }, kernelspec: { name } };
  const sessionContext = {
    kernelPreference: {} as { shouldStart?: boolean },
    kernelPreferenceChanged: new Signal<object, { newValue: object }>({}),
    ready: Promise.resolve(),
    session: null,
    changeKernel: (kernel: { name: string }) => Promise.resolve(void begun.push(kernel.name))
  };
  const model = { cells: [], getMetadata: (key: string) => metadata[key] };
  const panel = { context: { sessionContext }, content: { model }, isDisposed: false };
  new CourseKernels(trans, {} as never, { kernelspecs, sessions: {} } as never).watch(
    panel as unknown as NotebookPanel
  );
  sessionContext.kernelPreferenceChanged.emit({ newValue: { name } });
  const { shouldStart } = sessionContext.kernelPreference;
  kernelspecs.specs = SPECS;
  await new Promise(done => setTimeout(done));
  return { shouldStart, begun };
}

it('does not have the lab ask for another kernel where the one of a course is missing', async () => {
  expect(await opened('fish', SPECS)).toEqual({ shouldStart: false, begun: [] });
  expect(await opened('bash', SPECS)).toEqual({ shouldStart: true, begun: [] });
});

it('starts the kernel of a course that was opened before the lab knew which there are', async () => {
  expect(await opened('fish', null)).toEqual({ shouldStart: false, begun: [] });
  expect(await opened('bash', null)).toEqual({ shouldStart: false, begun: ['bash'] });
});

it('runs what was run before the kernel was there, once it is', () => {
  const ran: unknown[] = [];
  const executionScheduled = new Signal<object, object>({});
  const actions = { executionScheduled, runCells: async (_: unknown, cells: unknown[]) => ran.push(cells) };
  const content = { model: { cells: [], getMetadata: () => ({ course: 'c', unit: 'u' }) } };
  const sessionContext = { session: null as object | null, kernelChanged: new Signal<object, object>({}) };
  const panel = { content, sessionContext, disposed: new Signal<object, void>({}) };
  runsEarly(panel as never, actions as never);
  const cell = { isDisposed: false };
  executionScheduled.emit({ notebook: content, cell });
  executionScheduled.emit({ notebook: {}, cell: {} });
  sessionContext.kernelChanged.emit({ newValue: null });
  expect(ran).toEqual([]);
  sessionContext.session = { kernel: {} };
  sessionContext.kernelChanged.emit({ newValue: {} });
  executionScheduled.emit({ notebook: content, cell });
  sessionContext.kernelChanged.emit({ newValue: {} });
  expect(ran).toEqual([[cell]]);
});
