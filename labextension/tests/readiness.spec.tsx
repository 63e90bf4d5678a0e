import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { describe, expect, it, vi } from 'vitest';

import type { IAnswerer, ITurn, PullEvent } from '../src/records';
import { RequestError } from '../src/requests';
import { Answerers, Chooser } from '../src/tutor/answerers';
import { answererState, paceLine, pullLine } from '../src/tutor/chatwords';
import { Markdown } from '../src/markdown';
import { IReplyProps, TurnView } from '../src/tutor/reply';
import { inOrder, Readiness, wished } from '../src/tutor/readiness';
import { trans } from './make';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const ABSENT: IAnswerer = { name: 'qwen', state: 'absent', pulls: true, note: 'fetch it' };
const PULLING: IAnswerer = { ...ABSENT, state: 'pulling', note: null };

function setUp(...events: (PullEvent | Error)[]) {
  const clock = { now: 0 };
  const server = { list: [ABSENT], asked: 0, stopped: [] as string[] };
  const api = {
    llms: async () => {
      server.asked++;
      return { answerers: server.list };
    },
    async *pull(): AsyncGenerator<PullEvent> {
      for (const event of events) {
        if (event instanceof Error) {
          throw event;
        }
        yield event;
      }
    },
    stopPull: async (name: string) => {
      server.stopped.push(name);
      return { answerers: server.list };
    }
  };
  return { readiness: new Readiness(api, () => clock.now), server, clock };
}

async function drawn(readiness: Readiness): Promise<HTMLElement> {
  const node = document.createElement('div');
  await act(async () => createRoot(node).render(<Answerers readiness={readiness} trans={trans} llms />));
  return node;
}

describe('a model that is fetched', () => {
  it('tells how far it is, and what it is then', async () => {
    const { readiness, server } = setUp(
      { type: 'pulling', doing: 'a', done: 5, total: 10 },
      { type: 'done', stopped: false }
    );
    readiness.take([ABSENT]);
    const seen: unknown[] = [];
    readiness.changed.connect(() => seen.push([readiness.list[0].state, readiness.list[0].share]));
    server.list = [{ ...ABSENT, state: 'ready' }];
    await readiness.pull('qwen');
    expect(seen).toEqual([
      ['pulling', null],
      ['pulling', 0.5],
      ['ready', undefined]
    ]);
  });
  it('says why it could not be, in the server’s words', async () => {
    const failed = setUp({ type: 'error', code: 'pull_failed', message: 'no such file' });
    failed.readiness.take([ABSENT]);
    await failed.readiness.pull('qwen');
    expect(failed.readiness.problems.get('qwen')).toBe('no such file');
    const refused = setUp(new RequestError(403, 'forbidden', 'Only staff may do this.'));
    refused.readiness.take([ABSENT]);
    await refused.readiness.pull('qwen');
    expect((await drawn(refused.readiness)).textContent).toContain('Only staff may do this.');
  });
  it('says how long it takes once that can be told', () => {
    const { readiness, clock } = setUp();
    const at = (done: number) => ({ ...PULLING, share: done / 1.9e9, bytes: { done, total: 1.9e9 } });
    readiness.take([at(0)]);
    expect(readiness.left(at(0))).toBeNull();
    clock.now = 10_000;
    const left = readiness.left(at(1e8));
    expect(left).toBe(180);
    expect(pullLine(at(1e8), left, trans)).toBe('0.1 of 1.9 GB · about 3 minutes');
    expect(pullLine(at(1e8), 30, trans)).toBe('0.1 of 1.9 GB · less than a minute');
    expect(pullLine(PULLING, null, trans)).toBe('Starting the download…');
  });
  it('can be fetched and stopped by who may, and by nobody else', async () => {
    const { readiness, server } = setUp({ type: 'done', stopped: false });
    server.list = [PULLING];
    readiness.take([PULLING]);
    const node = await drawn(readiness);
    const cancel = [...node.querySelectorAll('button')].find(one => one.textContent === 'Cancel')!;
    expect(cancel.getAttribute('aria-label')).toBe('Cancel the download of qwen');
    await act(async () => cancel.click());
    expect(server.stopped).toEqual(['qwen']);
    await act(async () => readiness.take([{ ...ABSENT, pulls: false, state: 'away', note: null }]));
    expect(node.querySelectorAll('button')).toHaveLength(0);
    expect(node.textContent).toContain('away');
  });
});

describe('the card', () => {
  it('is looked at again while it is open, and not after', async () => {
    vi.useFakeTimers();
    const { readiness, server } = setUp();
    server.list = [{ ...ABSENT, state: 'answering' }];
    const end = readiness.watch();
    await vi.advanceTimersByTimeAsync(2100);
    expect(server.asked).toBe(3);
    end();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(server.asked).toBe(3);
    vi.useRealTimers();
  });
  it.each([
    ['ready', 'ready'],
    ['answering', 'answering'],
    ['tried', 'did not answer last time'],
    ['absent', 'not downloaded'],
    ['away', 'away'],
    ['unknown', 'looking…']
  ] as const)('says of %s: %s', (state, words) => {
    expect(answererState({ name: 'm', state }, trans)).toBe(words);
  });
  it('says how fast it answered', () => {
    const pace = (first_s: number, tokens_s: number | null) =>
      paceLine({ name: 'm', state: 'ready', pace: { first_s, tokens_s } }, trans);
    expect(pace(0.42, 58)).toBe('first word after 0.4 s, then 44 words a second');
    expect(pace(0.01, null)).toBe('first word after 0.1 s');
    expect(paceLine({ name: 'm', state: 'ready', pace: null }, trans)).toBeNull();
  });
});

describe('a text in Markdown', () => {
  it('never stands in the place of a newer one, however slowly it was drawn', async () => {
    const waiting: (() => void)[] = [];
    const rendermime = {
      createRenderer: () => {
        const node = document.createElement('p');
        return {
          node,
          dispose: () => undefined,
          renderModel: (model: { data: Record<string, string> }) =>
            new Promise<void>(done => {
              node.textContent = model.data['text/markdown'];
              waiting.push(done);
            })
        };
      }
    } as unknown as IRenderMimeRegistry;
    const node = document.createElement('div');
    const root = createRoot(node);
    for (const text of ['old', 'new']) {
      await act(async () => root.render(<Markdown text={text} rendermime={rendermime} className="" />));
    }
    await act(async () => waiting[1]());
    expect(node.textContent).toBe('new');
    await act(async () => waiting[0]());
    expect(node.textContent).toBe('new');
  });
});

describe('who wrote a reply', () => {
  const note = "from the course's own hints: the model is away";
  const said = async (before: string | null) => {
    const node = document.createElement('div');
    const props = { trans, rendermime: {} } as unknown as IReplyProps;
    const reply = { agent: 'hint', text: '', note };
    const above = before === null ? null : { ...reply, note: before };
    const turn = { id: 't', message: 'why?', reply };
    await act(async () => createRoot(node).render(<TurnView {...props} turn={turn} before={above} />));
    return node.querySelector('.codegym-Who')!.textContent;
  };
  it('is said once, and again where it changes', async () => {
    expect(await said(null)).toContain('the model is away');
    expect(await said('qwen2.5:3b')).toContain('the model is away');
    expect(await said(note)).toBe('Hint');
  });
});

it('a reply offers what to ask next while it is the last', async () => {
  const reply = { agent: 'unsure', text: '', choices: [{ label: 'Why is it wrong?', message: 'why?' }] };
  const turn = { id: '', message: 'hm', reply } as unknown as ITurn;
  const offered = async (last: boolean) => {
    const node = document.createElement('div');
    const props = { trans, rendermime: {} } as unknown as IReplyProps;
    await act(async () => createRoot(node).render(<TurnView {...props} turn={turn} last={last} />));
    return node.querySelectorAll('button').length;
  };
  expect([await offered(true), await offered(false)]).toEqual([1, 0]);
});

describe('whom the student chose', () => {
  const models: IAnswerer[] = [
    { name: 'small', state: 'ready', pace: { first_s: 0.42, tokens_s: 58 } },
    { name: 'big', state: 'away' }
  ];
  async function chooser() {
    const { readiness } = setUp();
    const kept: (string | null)[] = [];
    readiness.keep = chosen => kept.push(chosen);
    readiness.take(models);
    const node = document.createElement('div');
    const root = createRoot(node);
    const draw = () => act(async () => root.render(<Chooser readiness={readiness} trans={trans} />));
    await draw();
    const select = node.querySelector('select')!;
    const pick = async (label: string) => {
      select.value = [...select.options].find(one => one.text.startsWith(label))!.value;
      await act(async () => select.dispatchEvent(new Event('change', { bubbles: true })));
      await draw();
    };
    return { readiness, kept, select, pick, draw };
  }

  it('is kept, and read beside how fast each answered', async () => {
    const { readiness, kept, select, pick } = await chooser();
    expect([...select.options].map(one => one.text)).toEqual([
      'Automatic',
      'small · first word after 0.4 s, then 44 words a second',
      'big · away',
      'No model, only the course’s own hints'
    ]);
    for (const label of ['big', 'No model', 'Automatic']) {
      await pick(label);
      expect(select.selectedOptions[0].text.startsWith(label)).toBe(true);
    }
    expect([kept, readiness.chosen]).toEqual([['big', '', null], null]);
  });
  it('is automatic again where the server has that model no longer', async () => {
    const { readiness, select, draw } = await chooser();
    readiness.chosen = 'gone';
    await draw();
    expect(select.selectedOptions[0].text).toBe('Automatic');
    expect(['gone', 'big', '', null].map(one => wished(one, models))).toEqual([null, 'big', '', null]);
  });
  it('is asked first, and the others after it; none where none is wanted', () => {
    const names = (chosen: string | null) => inOrder(models, chosen).map(({ name }) => name);
    expect([names('big'), names(null), names('')]).toEqual([['big', 'small'], ['small', 'big'], []]);
  });
  it('is in this order in the list, too', async () => {
    const { readiness, server } = setUp();
    server.list = models;
    readiness.take(models);
    readiness.chosen = 'big';
    const node = await drawn(readiness);
    const first = () => node.querySelector('li')!.textContent;
    expect(first()).toContain('big');
    await act(async () => (readiness.chosen = ''));
    expect(first()).toContain('the course’s own hints');
  });
});
