import { ServerConnection } from '@jupyterlab/services';
import { describe, expect, it } from 'vitest';

import { errorIn, printedIn } from '../src/cells';
import type { IConversation, IQuestion, ITicket, ITurn, TalkEvent } from '../src/records';
import { Api, ServerAway } from '../src/requests';
import { momentOf, problemLine, readyLine } from '../src/tutor/chatwords';
import { partsOf, withLineLink } from '../src/tutor/markdown';
import { PlainSanitizer } from '../src/tutor/plainhtml';
import { Conversations } from '../src/tutor/conversations';
import { Tickets } from '../src/tutor/tickets';
import { REF } from './fakes';
import { judgement, trans } from './make';

const QUESTION: IQuestion = { message: 'why 4?', source: 'x = 1', last_error: null, output: null };
const TURN: ITurn = { id: 't1', message: 'why 4?', reply: { agent: 'hint', text: 'Look at line 4.' } };

/** A server whose answer to a question is told event by event. */
class FakeTutor {
  said: IConversation = { turns: [], answerers: [], tutor: 'full' };
  events: (TalkEvent | Error | 'wait')[] = [];
  asked: IQuestion[] = [];
  forgotten = 0;
  thumbs: number[] = [];
  refuse: Error | null = null;

  async conversation(): Promise<IConversation> {
    if (this.refuse) {
      throw this.refuse;
    }
    return this.said;
  }
  async newConversation(): Promise<void> {
    this.forgotten++;
  }
  async thumb(_: string, __: string, ___: string, thumb: number): Promise<ITurn> {
    this.thumbs.push(thumb);
    if (this.refuse) {
      throw this.refuse;
    }
    return { ...TURN, thumb };
  }
  async *ask(_: string, __: string, question: IQuestion, signal: AbortSignal): AsyncGenerator<TalkEvent> {
    this.asked.push(question);
    for (const event of this.events) {
      if (event === 'wait') {
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
        );
      } else if (event instanceof Error) {
        throw event;
      } else {
        yield event;
      }
    }
  }
}

function setUp() {
  const tutor = new FakeTutor();
  const conversations = new Conversations(tutor as unknown as Api);
  const said: string[] = [];
  conversations.said.connect((_, { text }) => said.push(text));
  return { tutor, conversations, said };
}

describe('a conversation', () => {
  it('is asked for once, and shows what was said before', async () => {
    const { tutor, conversations } = setUp();
    tutor.said = { turns: [TURN], answerers: [], tutor: 'full' };
    await Promise.all([conversations.need(REF), conversations.need(REF)]);
    expect(conversations.of(REF)).toMatchObject({ loaded: true, turns: [TURN] });
  });
  it('grows piece by piece, says each as it passes, and ends with the whole answer', async () => {
    const { tutor, conversations, said } = setUp();
    tutor.events = [
      { type: 'status', code: 'trying' },
      { type: 'piece', text: 'Look at ' },
      { type: 'piece', text: 'line 4.' },
      { type: 'done', turn: TURN }
    ];
    const texts: string[] = [];
    conversations.changed.connect(() => texts.push(conversations.of(REF).running?.text ?? '–'));
    await conversations.ask(REF, QUESTION);
    expect(texts).toContain('Look at line 4.');
    expect(said).toEqual(['Look at ', 'line 4.']);
    expect(conversations.of(REF)).toMatchObject({ turns: [TURN], running: null, problem: null });
  });
  it('forgets what one said who stopped half-way, and tells who answers now', async () => {
    const { tutor, conversations } = setUp();
    tutor.events = [{ type: 'piece', text: 'Half a' }, { type: 'again', by: 'class server' }, 'wait'];
    const asking = conversations.ask(REF, QUESTION);
    await new Promise(done => setTimeout(done));
    expect(conversations.of(REF).running).toMatchObject({ text: '', again: 'class server' });
    conversations.stop(REF);
    await asking;
  });
  it('keeps what was shown where it is stopped, and says so', async () => {
    const { tutor, conversations } = setUp();
    tutor.events = [{ type: 'piece', text: 'Half' }, 'wait'];
    const asking = conversations.ask(REF, QUESTION);
    await new Promise(done => setTimeout(done));
    conversations.stop(REF);
    await asking;
    const { turns, problem, running } = conversations.of(REF);
    expect(turns).toMatchObject([{ message: 'why 4?', reply: { text: 'Half' } }]);
    expect([problem, running]).toEqual(['stopped', null]);
  });
  it.each<[(TalkEvent | Error | 'wait')[], string]>([
    [[{ type: 'piece', text: 'Half' }], 'cut'],
    [[new ServerAway()], 'away'],
    [[{ type: 'error', code: 'rate', message: 'One moment.' }], 'One moment.']
  ])('says why there is no whole answer', async (events, problem) => {
    const { tutor, conversations } = setUp();
    tutor.events = events;
    await conversations.ask(REF, QUESTION);
    expect(conversations.of(REF)).toMatchObject({ problem, running: null });
    expect(conversations.of(REF).turns[0].message).toBe('why 4?');
  });
  it('gives back what was typed where it was not answered, but not over what was typed since', async () => {
    const { tutor, conversations } = setUp();
    tutor.events = [{ type: 'error', code: 'rate', message: 'One moment.' }];
    await conversations.ask(REF, QUESTION);
    expect(conversations.of(REF).draft).toBe('why 4?');
    conversations.type(REF, 'something else');
    await conversations.ask(REF, QUESTION);
    expect(conversations.of(REF).draft).toBe('something else');
    conversations.type(REF, '');
    await conversations.ask(REF, { ...QUESTION, wants: 'hint' });
    expect(conversations.of(REF).draft).toBe('');
  });
  it('loses and doubles no answer that comes while what was said is fetched', async () => {
    const { tutor, conversations } = setUp();
    const old = { ...TURN, id: 't0' };
    tutor.events = [{ type: 'done', turn: TURN }];
    for (const turns of [[old], [old, TURN]]) {
      let come = (_: IConversation) => {};
      tutor.conversation = () => new Promise(done => (come = done));
      const loading = conversations.load(REF);
      await conversations.ask(REF, QUESTION);
      come({ turns, answerers: [], tutor: 'full' });
      await loading;
      expect(conversations.of(REF).turns.map(({ id }) => id)).toEqual(['t0', 't1']);
    }
  });
  it('sends one question at a time, none that is empty, and none where the tutor is off', async () => {
    const { tutor, conversations } = setUp();
    tutor.events = ['wait'];
    const first = conversations.ask(REF, QUESTION);
    await conversations.ask(REF, QUESTION);
    conversations.stop(REF);
    await first;
    await conversations.ask(REF, { ...QUESTION, message: '  ' });
    tutor.said = { turns: [], answerers: [], tutor: 'off' };
    await conversations.load(REF);
    await conversations.ask(REF, QUESTION);
    expect(tutor.asked).toHaveLength(1);
  });
  it('takes a thumb back by the same thumb, and where the server did not take it', async () => {
    const { tutor, conversations } = setUp();
    tutor.said = { ...tutor.said, turns: [TURN] };
    await conversations.need(REF);
    await conversations.thumb(REF, TURN, 1);
    await conversations.thumb(REF, conversations.of(REF).turns[0], 1);
    expect(tutor.thumbs).toEqual([1, 0]);
    tutor.refuse = new ServerAway();
    await conversations.thumb(REF, TURN, -1);
    expect(conversations.of(REF).turns[0].thumb).toBeUndefined();
  });
  it('begins anew on the server too, and keeps what is typed', async () => {
    const { tutor, conversations } = setUp();
    tutor.said = { ...tutor.said, turns: [TURN] };
    await conversations.need(REF);
    conversations.type(REF, 'and');
    await conversations.begin(REF);
    const { turns, draft } = conversations.of(REF);
    expect([tutor.forgotten, turns, draft]).toEqual([1, [], 'and']);
  });
});

describe('a question to a person', () => {
  const TICKET: ITicket = {
    id: 'q1',
    exercise: REF.exercise,
    asked_at: '2025-10-22T14:03:00Z',
    question: 'Why?',
    shared: ['hints'],
    answer: null,
    answered_at: null,
    answered_by: null
  };
  function form() {
    const sent: unknown[] = [];
    const state = { refuse: null as Error | null, asked: 0 };
    const api = {
      tickets: async () => {
        state.asked++;
        return { contact: 'Dr. Ruiz', tickets: [] };
      },
      askPerson: async (_: string, __: string, body: unknown) => {
        sent.push(body);
        if (state.refuse) {
          throw state.refuse;
        }
        return TICKET;
      }
    };
    return { tickets: new Tickets(api as unknown as Api), sent, state };
  }

  it('is sent with what the student lets be seen, and closes the form', async () => {
    const { tickets, sent, state } = form();
    await Promise.all([tickets.need(REF), tickets.need(REF)]);
    expect([state.asked, tickets.of(REF).contact]).toEqual([1, 'Dr. Ruiz']);
    tickets.write(REF, true);
    await tickets.ask(REF, ' ', [], '');
    await tickets.ask(REF, 'Why?', ['hints'], 'x = 1');
    expect(sent).toMatchObject([{ question: 'Why?', share: ['hints'], source: 'x = 1' }]);
    expect(tickets.of(REF)).toMatchObject({ writing: false, busy: false, tickets: [TICKET] });
  });
  it('is kept for its exercise until it is sent', async () => {
    const { tickets } = form();
    const other = { ...REF, exercise: 'other' };
    tickets.write(REF, true);
    tickets.type(REF, 'Why?');
    tickets.write(other, true);
    expect([tickets.of(other).question, tickets.of(REF).question]).toEqual(['', 'Why?']);
    await tickets.ask(REF, 'Why?', [], '');
    expect(tickets.of(REF).question).toBe('');
  });
  it('stays in the form where it cannot be sent', async () => {
    const { tickets, state } = form();
    tickets.write(REF, true);
    state.refuse = new ServerAway();
    await tickets.ask(REF, 'Why?', [], '');
    expect(tickets.of(REF)).toMatchObject({ writing: true, problem: 'away', busy: false });
  });
  it('has one key however often it is sent, and another one where it is another', async () => {
    const { tickets, sent, state } = form();
    const keys = () => sent.map(body => (body as { idempotency_key: string }).idempotency_key);
    state.refuse = new ServerAway();
    await tickets.ask(REF, 'Why?', [], '');
    await tickets.ask(REF, 'Why?', [], '');
    await tickets.ask(REF, 'Why not?', [], '');
    state.refuse = null;
    await tickets.ask(REF, 'Why not?', [], '');
    await tickets.ask(REF, 'Why not?', [], '');
    const [first, again, other, same, anew] = keys();
    expect([first === again, again === other, other === same, same === anew]).toEqual([
      true,
      false,
      true,
      false
    ]);
    expect(tickets.of(REF).tickets).toEqual([TICKET]);
  });
  it('gets its answer by the stream, once', async () => {
    const { tickets } = form();
    await tickets.need(REF);
    await tickets.ask(REF, 'Why?', [], '');
    const answers: string[] = [];
    tickets.answered.connect((_, ticket) => answers.push(ticket.answer ?? ''));
    const ticket = { ...TICKET, answer: 'So.', answered_by: 'Dr. Ruiz' };
    tickets.hear({ type: 'course', course: REF.course });
    tickets.hear({ type: 'ticket', course: REF.course, ticket });
    expect(tickets.of(REF).tickets).toEqual([ticket]);
    expect(answers).toEqual(['So.']);
  });
});

describe('the stream of an answer', () => {
  it('is read line by line, wherever the network cuts it', async () => {
    const text =
      JSON.stringify({ type: 'piece', text: 'é' }) + '\n' + JSON.stringify({ type: 'done', turn: TURN });
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream({
      start(controller) {
        bytes.forEach(byte => controller.enqueue(new Uint8Array([byte])));
        controller.close();
      }
    });
    const settings = ServerConnection.makeSettings({ baseUrl: 'http://lab/' });
    const api = new Api(settings, async () => new Response(body));
    const events: TalkEvent[] = [];
    for await (const event of api.ask('c', 'e', QUESTION, new AbortController().signal)) {
      events.push(event);
    }
    expect(events).toEqual([
      { type: 'piece', text: 'é' },
      { type: 'done', turn: TURN }
    ]);
  });
  it('that is stopped is not a server that is away', async () => {
    const stop = new AbortController();
    const api = new Api(ServerConnection.makeSettings({ baseUrl: 'http://lab/' }), async () => {
      stop.abort();
      throw new DOMException('', 'AbortError');
    });
    const reason = await api
      .ask('c', 'e', QUESTION, stop.signal)
      .next()
      .catch((e: unknown) => e);
    expect(reason).not.toBeInstanceOf(ServerAway);
    expect(api.away).toBe(false);
  });
});

describe('a reply’s text', () => {
  it('falls apart at its blocks of code, an unfinished one too', () => {
    expect(partsOf('One:\n\n```python\nx = 1\ny = 2\n```\n\nTwo.\n\n~~~\nz\n~~~\n```\nopen')).toEqual([
      { prose: 'One:\n\n' },
      { code: 'x = 1\ny = 2', language: 'python' },
      { prose: '\n\nTwo.\n\n' },
      { code: 'z', language: '' },
      { code: 'open', language: '' }
    ]);
  });
  it.each([
    ['Look at line 4. In line 4 …', 4, 'Look at [line 4](#line-4). In line 4 …'],
    ['Line 41 and line 4', 4, 'Line 41 and [line 4](#line-4)'],
    ['Sieh in Zeile 4 nach', 4, 'Sieh in [Zeile 4](#line-4) nach'],
    ['看第4行', 4, '看[第4行](#line-4)'],
    ['An outline 4', 4, 'An outline 4'],
    ['line 4', null, 'line 4']
  ])('links the line that it is about: %s', (text, line, linked) => {
    expect(withLineLink(text, line)).toBe(linked);
  });
  it('keeps backticks that are no fence', () => {
    expect(partsOf('Use `x` and ``y``.')).toEqual([{ prose: 'Use `x` and ``y``.' }]);
  });
});

describe('what is drawn of a reply', () => {
  const sanitizer = new PlainSanitizer({ sanitize: dirty => dirty });
  it.each([
    ['<p>a <img src="https://x/y.png">b</p>', '<p>a b</p>'],
    ['<a href="https://x">word</a>', 'word'],
    ['<a href="#line-4" onclick="x()" class="c">line 4</a>', '<a href="#line-4">line 4</a>'],
    ['<b style="background:url(https://x)">w</b>', '<b>w</b>'],
    ['<code class="language-python">x</code>', '<code class="language-python">x</code>'],
    ['<svg><image href="https://x"></image></svg><video src="https://x"></video>', ''],
    ['<form action="https://x"><button>b</button></form>', 'b'],
    ['<p><iframe src="https://x"></iframe><object data="https://x">o</object></p>', '<p>o</p>']
  ])('fetches nothing and leads nowhere: %s', (dirty, clean) => {
    expect(sanitizer.sanitize(dirty)).toBe(clean);
  });
});

describe('the moment', () => {
  it.each([
    ['KeyError: 1', 'AC', 'error'],
    [null, 'RTE', 'error'],
    [null, 'CE', 'error'],
    [null, 'WA', 'not_yet'],
    [null, 'AC', 'accepted'],
    [null, 'JE', 'quiet'],
    [null, null, 'quiet']
  ] as const)('after %s and %s is %s', (error, verdict, moment) => {
    expect(momentOf(error, judgement({ verdict }))).toBe(moment);
  });
  it('is quiet while nothing was judged', () => {
    expect(momentOf(null, judgement({ state: 'waiting' }))).toBe('quiet');
    expect(momentOf(null, null)).toBe('quiet');
  });
});

describe('who answers', () => {
  const conversation = { ...new Conversations({} as Api).of(REF) };
  const qwen = { name: 'qwen2.5:3b, on this computer', state: 'ready' as const };
  it.each([
    [[qwen], 'full', 'Ready: qwen2.5:3b, on this computer'],
    [[{ ...qwen, state: 'away' as const }], 'full', 'Ready: the course’s own hints'],
    [[qwen], 'hints', 'Ready: the course’s own hints'],
    [[qwen], 'off', 'The tutor is off in this unit. Check works as always.']
  ] as const)('is said in one line', (answerers, tutor, line) => {
    expect(readyLine({ ...conversation, answerers: [...answerers], tutor }, trans)).toBe(line);
  });
  it('and a stop is no fault', () => {
    expect(problemLine('stopped', trans)).toBe('Stopped. Ask again at any time.');
  });
});

describe('what is quoted of an answer’s outputs', () => {
  it('is its last error without colours, and what it printed', () => {
    const esc = String.fromCharCode(27);
    const outputs = [
      { output_type: 'stream', name: 'stdout', text: ['a\n', 'b\n'] },
      {
        output_type: 'error',
        ename: 'KeyError',
        evalue: "'x'",
        traceback: [`${esc}[0;31mKeyError${esc}[0m: 'x'`]
      }
    ];
    expect(errorIn(outputs)).toBe("KeyError: 'x'");
    expect(printedIn(outputs)).toBe('a\nb\n');
    expect([errorIn([]), printedIn([])]).toEqual([null, null]);
  });
});
