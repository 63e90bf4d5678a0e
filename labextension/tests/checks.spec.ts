import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { sourceDigest } from '../src/cells';
import { Checks, ITarget } from '../src/grading/checks';
import { PendingAnswers, TabLife } from '../src/grading/pending';
import type { Happening } from '../src/grading/state';
import { JUDGEMENT_MIME } from '../src/records';
import { RequestError, ServerAway } from '../src/requests';
import { FakeApi, FakeBox, FakeCourses, REF, submitted } from './fakes';
import { judgement } from './make';

const SENT = { source: 'def sum_even(xs): ...', cells: [] };

function setUp(box = new FakeBox()) {
  const server = new FakeApi();
  const courses = new FakeCourses();
  const kept = new PendingAnswers(box, '/');
  const checks = new Checks(server.api, courses.courses, kept, new TabLife('me', undefined));
  const written: { verdict: string | null; digest: string }[] = [];
  const target: ITarget = {
    ref: REF,
    title: 'Sum',
    collect: () => SENT,
    write: (bundle, digest) => {
      written.push({ verdict: (bundle[JUDGEMENT_MIME] as { verdict: string }).verdict, digest });
    }
  };
  const happened: Happening[] = [];
  checks.targetOf = () => target;
  checks.happened.connect((_, event) => happened.push(event));
  return { server, courses, kept, checks, target, written, happened, box };
}
const phase = (checks: Checks) => checks.state(REF).phase;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Check', () => {
  it('sends once, writes the judgement and takes over the progress', async () => {
    const { checks, server, courses, target, written, happened } = setUp();
    await checks.send(target, 'submit');
    expect(server.sent).toHaveLength(1);
    expect(server.sent[0]).toMatchObject({ ...REF, ...SENT, kind: 'submit' });
    expect(server.sent[0].idempotency_key).toMatch(/^[0-9a-f-]{36}$/);
    expect(written).toEqual([{ verdict: 'AC', digest: sourceDigest(SENT) }]);
    expect(courses.updated).toEqual(['python-basics/sum-even']);
    expect(phase(checks)).toBe('idle');
    expect(happened.map(event => event.what)).toEqual(['judged']);
  });

  it('shows nothing under 200 ms', async () => {
    const { checks, server, target } = setUp();
    let answer = (_: ReturnType<typeof submitted>): void => undefined;
    server.answers = [new Promise(done => (answer = done))];
    const sending = checks.send(target, 'submit');
    await vi.advanceTimersByTimeAsync(150);
    expect(phase(checks)).toBe('sending');
    expect(checks.checking).toBeNull();
    answer(submitted());
    await sending;
    expect(phase(checks)).toBe('idle');
  });

  it('shows what takes longer for at least 400 ms', async () => {
    const { checks, server, target, written } = setUp();
    let answer = (_: ReturnType<typeof submitted>): void => undefined;
    server.answers = [new Promise(done => (answer = done))];
    const sending = checks.send(target, 'submit');
    await vi.advanceTimersByTimeAsync(250);
    expect(phase(checks)).toBe('checking');
    expect(checks.checking).toBe('Sum');
    answer(submitted());
    await vi.advanceTimersByTimeAsync(300);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    await sending;
    expect(written).toHaveLength(1);
  });

  it('does not send a second time while the first is on its way', async () => {
    const { checks, server, target } = setUp();
    server.answers = [new Promise(() => undefined)];
    void checks.send(target, 'submit');
    await checks.send(target, 'submit');
    expect(server.sent).toHaveLength(1);
  });

  it('sends nothing where the answer cell is gone', async () => {
    const { checks, server, target } = setUp();
    await checks.send({ ...target, collect: () => null }, 'submit');
    expect(server.sent).toHaveLength(0);
  });

  it('says why the server did not take it', async () => {
    const { checks, server, target } = setUp();
    server.answers = [new RequestError(409, 'attempts_used_up', 'No attempts left.')];
    await checks.send(target, 'submit');
    expect(checks.state(REF)).toMatchObject({ phase: 'idle', problem: 'No attempts left.' });
  });

  it('waits and sends again, with the same key, where there were too many', async () => {
    const { checks, server, target, written } = setUp();
    server.answers = [new RequestError(429, 'too_many', 'Wait.', { wait_s: 8 })];
    await checks.send(target, 'submit');
    expect(checks.state(REF).aside?.wait_s).toBe(8);
    await vi.advanceTimersByTimeAsync(8000);
    expect(server.sent[1].idempotency_key).toBe(server.sent[0].idempotency_key);
    expect(written).toHaveLength(1);
  });
});

describe('a judgement that comes later', () => {
  it('is asked for while the stream is silent', async () => {
    const { checks, server, target, written } = setUp();
    server.answers = [submitted({ state: 'waiting' })];
    await checks.send(target, 'submit');
    expect(phase(checks)).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1100);
    expect(written).toHaveLength(1);
    expect(phase(checks)).toBe('idle');
  });

  it('says when its turn comes', async () => {
    const { checks, server, target } = setUp();
    const answer = submitted({ state: 'waiting' });
    const not_before = '2025-10-24T14:03:20Z';
    const submission = { ...answer.submission, not_before };
    server.answers = [{ ...answer, submission, judgement: null, bundle: null }];
    await checks.send(target, 'submit');
    expect(checks.state(REF).aside).toMatchObject({ state: 'waiting', not_before });
  });

  it('is written when the stream tells of it, once', async () => {
    const { checks, server, target, written, happened } = setUp();
    server.answers = [submitted({ state: 'waiting' })];
    await checks.send(target, 'submit');
    const { judgement: view, bundle, exercise } = submitted();
    const tab = server.sent[0].idempotency_key;
    const submission = { id: 's1', state: 'judged' as const };
    const message = {
      type: 'judgement' as const,
      course: REF.course,
      submission,
      judgement: view!,
      bundle: bundle!,
      exercise,
      tab
    };
    checks.hear(message);
    await vi.advanceTimersByTimeAsync(5000);
    expect(written).toHaveLength(1);
    checks.hear(message);
    expect(happened.filter(event => event.what === 'judged')).toHaveLength(1);
  });

  it('of another tab is shown beside the document, which is not touched', () => {
    const { checks, written } = setUp();
    const view = judgement({ submission: 'other' });
    const submission = { id: 'other', state: 'judged' as const };
    checks.hear({
      type: 'judgement',
      course: REF.course,
      submission,
      judgement: view,
      bundle: {},
      exercise: null,
      tab: 'theirs'
    });
    expect(checks.state(REF).aside?.submission).toBe('other');
    expect(written).toEqual([]);
  });

  it('that was stopped in another tab writes and shows nothing', () => {
    const { checks, written } = setUp();
    const submission = { id: 'other', state: 'cancelled' as const };
    const nothing = { judgement: null, bundle: null, exercise: null };
    checks.hear({ type: 'judgement', course: REF.course, submission, ...nothing, tab: 'theirs' });
    expect(checks.state(REF).aside).toBeNull();
    expect(written).toEqual([]);
  });

  it('is kept for its notebook where that was closed, and handed out once', async () => {
    const { checks, target } = setUp();
    checks.targetOf = () => null;
    await checks.send(target, 'submit');
    expect(checks.resultFor(REF)?.digest).toBe(sourceDigest(SENT));
    expect(checks.resultFor(REF)).toBeNull();
  });
});

describe('Cancel', () => {
  it('stops what waits', async () => {
    const { checks, server, target, happened } = setUp();
    server.answers = [submitted({ state: 'waiting', id: 's7' })];
    await checks.send(target, 'submit');
    await checks.cancel(REF);
    expect(server.cancelled).toEqual(['s7']);
    expect(checks.state(REF).aside?.state).toBe('cancelled');
    expect(happened.at(-1)?.what).toBe('stopped');
  });

  function onItsWay() {
    const set = setUp();
    let answer = (_: ReturnType<typeof submitted>): void => undefined;
    set.server.answers = [new Promise(done => (answer = done))];
    const sending = set.checks.send(set.target, 'submit');
    return { ...set, sending, answer: (value: ReturnType<typeof submitted>) => answer(value) };
  }

  it('stops by its key what still waits for its answer, and tells it once', async () => {
    const { checks, server, sending, answer, happened, written } = onItsWay();
    await checks.cancel(REF);
    expect(server.cancelledKeys).toEqual([server.sent[0].idempotency_key]);
    expect(checks.state(REF)).toMatchObject({ phase: 'idle', aside: { state: 'cancelled' } });
    answer({ ...submitted({ state: 'cancelled' }), bundle: null });
    await sending;
    expect(happened.map(event => event.what)).toEqual(['stopped']);
    expect(written).toEqual([]);
  });

  it('asks again until what was sent is stored', async () => {
    const { checks, server } = onItsWay();
    server.unknown = 2;
    const cancelling = checks.cancel(REF);
    await vi.advanceTimersByTimeAsync(100);
    expect(phase(checks)).toBe('stopping');
    await vi.advanceTimersByTimeAsync(300);
    await cancelling;
    expect(server.cancelledKeys).toHaveLength(3);
    expect(checks.state(REF).aside?.state).toBe('cancelled');
  });

  it('leaves a newer check of the same answer alone', async () => {
    const { checks, server, target, sending, answer } = onItsWay();
    await checks.cancel(REF);
    server.answers = [new Promise(() => undefined)];
    void checks.send(target, 'submit');
    answer({ ...submitted({ state: 'cancelled' }), bundle: null });
    await sending;
    expect(phase(checks)).toBe('sending');
  });

  it('comes too late for what was judged, which is shown', async () => {
    const { checks, server, sending, answer, written, happened } = onItsWay();
    server.refusal = new RequestError(409, 'already_judged', 'This is already judged.');
    await checks.cancel(REF);
    answer(submitted());
    await sending;
    expect(written).toHaveLength(1);
    expect(happened.map(event => event.what)).toEqual(['judged']);
  });

  it('of a server that is away keeps the answer as ever', async () => {
    const { checks, server, target } = setUp();
    let fail = (_: Error): void => undefined;
    server.answers = [new Promise((_, no) => (fail = no))];
    server.refusal = new ServerAway();
    const sending = checks.send(target, 'submit');
    await checks.cancel(REF);
    fail(new ServerAway());
    await sending;
    expect(phase(checks)).toBe('kept');
  });

  it('of what waits and was judged meanwhile shows the judgement', async () => {
    const { checks, server, target, written } = setUp();
    server.answers = [submitted({ state: 'waiting', id: 's7' })];
    await checks.send(target, 'submit');
    server.cancel = async () => {
      throw new RequestError(409, 'already_judged', 'This is already judged.');
    };
    await checks.cancel(REF);
    expect(written).toHaveLength(1);
    expect(phase(checks)).toBe('idle');
  });
});

describe('a server that is away', () => {
  it('leaves the answer in this browser and sends it once when it is back', async () => {
    const { checks, server, courses, target, written, happened, kept } = setUp();
    server.answers = [new ServerAway()];
    await checks.send(target, 'submit');
    expect(phase(checks)).toBe('kept');
    expect(checks.kept).toBe(1);
    expect(courses.keptNow.get('sum-even')).toBe(true);
    expect(happened.at(-1)).toMatchObject({ what: 'kept' });
    await checks.flush();
    expect(server.sent[1].idempotency_key).toBe(server.sent[0].idempotency_key);
    expect(kept.list()).toEqual([]);
    expect(courses.keptNow.get('sum-even')).toBe(false);
    expect(written).toHaveLength(1);
    expect(happened.at(-1)).toMatchObject({ what: 'sent' });
    await checks.flush();
    expect(server.sent).toHaveLength(2);
  });

  it('is asked again by itself, ever more slowly', async () => {
    const { checks, server, target } = setUp();
    server.answers = Array.from({ length: 4 }, () => new ServerAway());
    await checks.send(target, 'submit');
    await vi.advanceTimersByTimeAsync(2100);
    expect(server.sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(4100);
    expect(server.sent).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(30000);
    expect(phase(checks)).toBe('idle');
  });

  it('outlives a reload', async () => {
    const first = setUp();
    first.server.answers = [new ServerAway()];
    await first.checks.send(first.target, 'submit');
    const second = setUp(first.box);
    expect(second.checks.state(REF)).toMatchObject({ phase: 'kept' });
    expect(second.courses.keptNow.get('sum-even')).toBe(true);
    await second.checks.flush();
    expect(second.server.sent[0].idempotency_key).toBe(first.server.sent[0].idempotency_key);
  });

  it('gives way to the newer answer of the same exercise', async () => {
    const { checks, server, target, kept } = setUp();
    server.answers = [new ServerAway(), new ServerAway()];
    await checks.send(target, 'submit');
    await checks.send({ ...target, collect: () => ({ ...SENT, source: 'newer' }) }, 'submit');
    expect(kept.list().map(one => one.body.source)).toEqual(['newer']);
  });

  it('that cannot store an answer leaves it here, and gets it once, under the same key', async () => {
    const { checks, server, target, happened, kept } = setUp();
    const full = () => new RequestError(503, 'store_unavailable', 'The records cannot be used now.');
    server.answers = [full(), full()];
    await checks.send(target, 'submit');
    expect(checks.state(REF)).toMatchObject({ phase: 'kept', why: 'store', problem: null });
    expect(happened.at(-1)).toMatchObject({ what: 'kept', away: false });
    await checks.flush();
    expect(kept.list()).toHaveLength(1);
    await checks.flush();
    expect(kept.list()).toEqual([]);
    expect(new Set(server.sent.map(body => body.idempotency_key)).size).toBe(1);
    expect(new Set(server.sent.map(body => body.claimed_at)).size).toBe(1);
    expect(server.sent).toHaveLength(3);
  });

  it('that will never be able to check says so, and nothing is kept', async () => {
    const { checks, server, target, kept } = setUp();
    server.answers = [new RequestError(503, 'no_sandbox', 'Answers cannot be checked on this server.')];
    await checks.send(target, 'submit');
    expect(phase(checks)).toBe('idle');
    expect(checks.state(REF).problem).toContain('cannot');
    expect(kept.list()).toEqual([]);
  });

  it('that refuses what was kept says so and drops it', async () => {
    const { checks, server, target, kept } = setUp();
    server.answers = [new ServerAway(), new RequestError(409, 'closed', 'The time is over.')];
    await checks.send(target, 'submit');
    await checks.flush();
    expect(kept.list()).toEqual([]);
    expect(checks.state(REF).problem).toBe('The time is over.');
  });

  it('that asks to log in again keeps what is kept', async () => {
    const { checks, server, target, kept } = setUp();
    server.answers = [new ServerAway(), new RequestError(403, 'forbidden', 'Log in.')];
    await checks.send(target, 'submit');
    await checks.flush();
    expect(kept.list()).toHaveLength(1);
  });

  it('is left to the tab that kept the answer, while that tab lives', async () => {
    const box = new FakeBox();
    const first = setUp(box);
    first.server.answers = [new ServerAway()];
    await first.checks.send(first.target, 'submit');
    const locks = {
      request: (_: string, work: () => Promise<unknown>) => work(),
      query: async () => ({ held: [{ name: 'codegym:tab:me' }] })
    };
    const server = new FakeApi();
    const tab = new TabLife('other', locks as never);
    const other = new Checks(server.api, new FakeCourses().courses, new PendingAnswers(box, '/'), tab);
    await other.flush();
    expect(server.sent).toHaveLength(0);
    await first.checks.flush();
    other.reconcile();
    expect(other.state(REF).phase).toBe('idle');
  });
});
