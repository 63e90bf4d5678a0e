import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Courses } from '../src/course/model';
import { rowsOf } from '../src/course/tree';
import { rememberVisits } from '../src/course/visits';
import { goOn } from '../src/course/words';
import { Memory } from '../src/grading/memory';
import type { ICatalogue, ILadder } from '../src/records';
import { Api, RequestError, ServerAway } from '../src/requests';
import type { IServer } from '../src/tokens';
import { Ladders } from '../src/tutor/model';
import { canClimb, nextLine } from '../src/tutor/words';
import { REF } from './fakes';
import { clock, exercise, judgement, page, trans, unit } from './make';

const row = {
  id: 'python-basics',
  title: 'Python basics',
  broken: false,
  exercises: 3,
  done: 0,
  points: 0,
  max_points: 6,
  next_due: null,
  practice: true,
  state: 'not_started' as const
};
const catalogue: ICatalogue = { courses: [row], place: 'local' };
const fresh = () =>
  page([
    unit('variables', [exercise({ id: 'basket' }), exercise({ id: 'badge', status: 'submitted', score: 2 })]),
    unit('loops', [exercise()])
  ]);

function courses(api: Partial<Api> = {}) {
  const stream = { message: new Signal({}), connected: new Signal({}) };
  const base = {
    awayChanged: new Signal({}),
    catalogue: vi.fn(async () => catalogue),
    course: vi.fn(async () => fresh())
  };
  const server = { api: { ...base, ...api }, stream, trans, clock } as unknown as IServer;
  return { model: new Courses(server), api: base };
}

describe('courses', () => {
  it('loads the catalogue, and a page once', async () => {
    const { model, api } = courses();
    expect(model.loading).toBe(true);
    await model.refresh();
    expect([model.loading, model.nothingBegun]).toEqual([false, true]);
    await Promise.all([model.need('python-basics'), model.need('python-basics')]);
    expect(api.course).toHaveBeenCalledTimes(1);
  });
  it('knows that the server is away and keeps what it has', async () => {
    const { model } = courses({ catalogue: () => Promise.reject(new ServerAway()) });
    await model.refresh();
    expect([model.away, model.loading]).toEqual([true, false]);
  });
  it('goes to the next and previous open exercise, past what is done', async () => {
    const { model } = courses();
    await model.need('python-basics');
    expect(model.neighbour({ ...REF, exercise: 'basket' }, 1)?.exercise).toBe('sum-even');
    expect(model.neighbour(REF, -1)?.exercise).toBe('basket');
    expect(model.neighbour(REF, 1)).toBeNull();
  });
  it('goes to a lesson before the exercise that it is for, once', async () => {
    const lessons = [{ id: 'again', title: 'Again', minutes: 2, before: 'sum-even' }];
    const [first, second] = fresh().units;
    const told = page([first, { ...second, lessons }], { go_on: { unit: 'loops', exercise: 'sum-even' } });
    const { model } = courses({ course: vi.fn(async () => told) });
    await model.need('python-basics');
    const isRead = () => model.isRead('python-basics', told.units[1], lessons[0]);
    expect(model.neighbour({ ...REF, exercise: 'basket' }, 1)).toMatchObject({ lesson: 'again' });
    expect(goOn(told, isRead)).toMatchObject({ lesson: 'again', exercise: null, title: 'Again' });
    expect(rowsOf(told, new Set(['loops'])).map(({ key }) => key)).toEqual([
      'unit:variables',
      'unit:loops',
      'lesson:loops/again',
      'exercise:sum-even'
    ]);
    model.opener = async () => undefined;
    await model.open('python-basics', 'loops', null, 'again');
    [model.current, model.lesson] = [REF, 'again'];
    expect(model.neighbour(REF, 1)).toMatchObject({ lesson: null, exercise: 'sum-even' });
    expect(goOn(told, isRead)).toMatchObject({ exercise: 'sum-even' });
  });
  it('shows a kept answer before the records', async () => {
    const { model } = courses();
    await model.need('python-basics');
    model.keep(REF, true);
    expect(model.find(REF)?.status).toBe('kept_here');
    model.keep(REF, false);
    expect(model.find(REF)?.status).toBe('not_started');
  });
  it('takes over an exercise and asks for the counts anew', async () => {
    const { model, api } = courses();
    await model.need('python-basics');
    model.update('python-basics', exercise({ status: 'tried' }));
    expect(model.find(REF)?.status).toBe('tried');
    expect(api.catalogue).toHaveBeenCalled();
  });
  it('opens and closes units, one open at first', async () => {
    const { model } = courses();
    await model.need('python-basics');
    expect([...model.openUnits('python-basics')]).toEqual(['variables']);
    model.toggle('python-basics', 'loops', true);
    model.toggle('python-basics', 'variables', false);
    expect([...model.openUnits('python-basics')]).toEqual(['loops']);
  });
  it('unfolds the unit of the exercise in front', async () => {
    const { model } = courses();
    await model.need('python-basics');
    model.openUnits('python-basics');
    model.current = REF;
    expect([...model.openUnits('python-basics')]).toEqual(['variables', 'loops']);
  });
  it('shows the course of a notebook that comes in front, and leaves it where the person leaves it', async () => {
    const { model } = courses();
    model.current = REF;
    expect(model.selected).toBe('python-basics');
    await model.need('python-basics');
    expect([...model.openUnits('python-basics')]).toEqual(['loops']);
    await model.select(null);
    model.current = null;
    model.current = { ...REF, exercise: 'basket' };
    expect(model.selected).toBeNull();
    model.current = { course: 'data-with-pandas', exercise: 'rows' };
    expect(model.selected).toBe('data-with-pandas');
  });
  it('lands in the only course of a class, and in no other place', async () => {
    const landed = async (told: ICatalogue, shown: string | null = null) => {
      const { model } = courses({ catalogue: vi.fn(async () => told) });
      await model.select(shown);
      await rememberVisits(model, null);
      return model.selected;
    };
    const place = 'class';
    expect(await landed({ courses: [row], place })).toBe('python-basics');
    expect(await landed({ courses: [row], place }, 'another')).toBe('another');
    expect(await landed({ courses: [row], place: 'local' })).toBeNull();
    expect(await landed({ courses: [row, { ...row, id: 'another' }], place })).toBeNull();
    expect(await landed({ courses: [{ ...row, broken: true }], place })).toBeNull();
    expect(await landed({ courses: [], place })).toBeNull();
  });
  it('shows times in the time zone of their offering, or in the person’s own', async () => {
    const zoned = { ...fresh(), time_zone: 'Asia/Tokyo' };
    const { model } = courses({ course: vi.fn(async () => zoned) });
    model.catalogue = { courses: [], place: 'class' };
    expect(model.clockOf('python-basics')).toBe(clock);
    await model.need('python-basics');
    expect(model.clockOf('python-basics')).toMatchObject({ timeZone: 'Asia/Tokyo' });
    const handedIn = exercise({ status: 'submitted', score: 2, submitted_at: '2025-10-22T14:03:00Z' });
    expect(model.line('python-basics', handedIn).text).toContain('handed in on Wed 22 Oct');
  });
  it('opens the unit that holds an exercise', async () => {
    const { model } = courses();
    const opened: unknown[] = [];
    model.opener = async (...args) => void opened.push(args);
    await model.open('python-basics', null, 'sum-even');
    await model.open('python-basics', null, 'gone');
    expect(opened).toEqual([['python-basics', 'loops', 'sum-even', null]]);
  });
  it('searches all courses that can be read', async () => {
    const { model, api } = courses();
    await model.refresh();
    await model.seek('even');
    expect(api.course).toHaveBeenCalledTimes(1);
    expect(model.results()).toHaveLength(2);
  });
  it('tells of a change of what is in front only when it is one', () => {
    const { model } = courses();
    let changes = 0;
    model.changed.connect(() => void changes++);
    model.current = { ...REF };
    model.current = { ...REF };
    expect(changes).toBe(1);
  });
});

describe('the ladder', () => {
  const rung = (given: number, next: ILadder['next']): ILadder => ({
    given: Array.from({ length: given }, (_, i) => ({ rung: i + 1, text: `hint ${i + 1}` })),
    total: 3,
    next
  });
  const ready = { ready: true, wait_s: 0, cost: 0 };
  const waits = { ready: false, wait_s: 24, cost: 0 };
  const make = (now: ILadder, next: ILadder | Error) => {
    const api = {
      hints: vi.fn(async () => now),
      nextHint: vi.fn(async () => {
        if (next instanceof Error) {
          throw next;
        }
        return next;
      })
    };
    return { api, ladders: new Ladders(api as unknown as Api) };
  };
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives the first hint when asked', async () => {
    const { ladders } = make(rung(0, ready), rung(1, waits));
    await ladders.ask(REF);
    const state = ladders.state(REF);
    expect([state.shown, state.ladder?.given.length]).toEqual([true, 1]);
    expect(nextLine(state, Date.now(), trans)).toBe('Next after a try, or in 0:24');
    expect(canClimb(state, Date.now())).toBe(false);
  });
  it('shows what was given while the next is not ready, and gives none', async () => {
    const { ladders, api } = make(rung(1, waits), rung(2, null));
    await ladders.ask(REF);
    expect(api.nextHint).not.toHaveBeenCalled();
    expect(ladders.state(REF).ladder?.given).toHaveLength(1);
  });
  it('says once that the wait is over', async () => {
    const { ladders } = make(rung(0, ready), rung(1, waits));
    let told = 0;
    ladders.ready.connect(() => void told++);
    await ladders.ask(REF);
    await vi.advanceTimersByTimeAsync(25000);
    expect(told).toBe(1);
    expect(canClimb(ladders.state(REF), Date.now())).toBe(true);
  });
  it('gives none before the hints were said back in the tutor', async () => {
    const { ladders, api } = make(rung(1, { ...ready, ready: false, say_back: true }), rung(2, null));
    await ladders.ask(REF);
    await ladders.ask(REF);
    expect(api.nextHint).not.toHaveBeenCalled();
    expect(nextLine(ladders.state(REF), Date.now(), trans)).toContain('what you understood');
  });
  it('waits where the server says not yet', async () => {
    const { ladders } = make(rung(0, ready), new RequestError(409, 'not_yet', 'Wait.', { wait_s: 5 }));
    await ladders.ask(REF);
    expect(ladders.state(REF).readyAt).toBeGreaterThan(Date.now());
    expect(ladders.state(REF).problem).toBeNull();
  });
  it('says what the next costs, that it was the last, or that the server is away', async () => {
    const state = {
      ladder: rung(1, { ...ready, cost: 1 }),
      shown: true,
      busy: false,
      readyAt: 0,
      problem: null
    };
    expect(nextLine(state, 0, trans)).toBe('Next: ready, costs 1 point');
    expect(nextLine({ ...state, ladder: rung(3, null) }, 0, trans)).toBe('That was the last hint.');
    const { ladders } = make(rung(0, ready), new ServerAway());
    await ladders.ask(REF);
    expect(nextLine(ladders.state(REF), 0, trans)).toContain('The server is away.');
  });
});

describe('what is remembered', () => {
  const state = () => {
    const saved: Record<string, unknown> = {};
    return {
      saved,
      db: {
        fetch: async (key: string) => saved[key],
        save: async (key: string, v: unknown) => void (saved[key] = v)
      }
    };
  };
  it('folds what was accepted before this visit, not what is accepted now', () => {
    const memory = new Memory(null);
    const view = judgement({ submission: 'old' });
    expect(memory.folded(view)).toBe(true);
    expect(memory.folded(judgement({ verdict: 'WA' }))).toBe(false);
    memory.judgedNow(view);
    expect(memory.folded(view)).toBe(false);
    memory.foldAccepted = false;
    expect(memory.folded(judgement({ submission: 'older' }))).toBe(false);
  });
  it('keeps what the person folded, across visits', async () => {
    const { db } = state();
    const first = new Memory(db as never);
    first.fold(judgement(), false);
    const second = new Memory(db as never);
    await second.load();
    expect(second.folded(judgement())).toBe(false);
  });
  it('keeps the text before a reset until it was brought back', () => {
    const memory = new Memory(null);
    memory.keepBeforeReset('loops.ipynb', 'sum-even', 'mine');
    expect(memory.beforeReset('loops.ipynb', 'sum-even')).toBe('mine');
    expect(memory.beforeReset('copy.ipynb', 'sum-even')).toBeNull();
    memory.keepBeforeReset('loops.ipynb', 'sum-even', null);
    expect(memory.beforeReset('loops.ipynb', 'sum-even')).toBeNull();
  });
});
