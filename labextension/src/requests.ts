import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import * as R from './records';
import { errorText, IServerError } from './serverwords';
import { linesOf } from './stream';

/** The version of the API that this page was built for; the server answers with its own. */
const API_VERSION = '1';

/** An answer of the server that is not a success: its code, its message in the reader's language, its details. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {}
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

/** No answer came: the server is away, or a proxy in front of it says so. */
export class ServerAway extends Error {
  constructor() {
    super('The server is away.');
    this.name = 'ServerAway';
  }
}

export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** What narrows a list; what is empty leaves nothing out. */
export type Query = Record<string, string | null | undefined>;

/** Every HTTP call of the extension. Views never call it; models do. */
export class Api {
  private readonly _base: string;
  private readonly _send: Send;
  /** Without the page's token; null where there is none. */
  private readonly _session: Send | null;
  private _away = false;
  private readonly _awayChanged = new Signal<this, boolean>(this);
  private readonly _stale = new Signal<this, string>(this);
  private _told = false;
  private readonly _asked = new Map<string, Promise<unknown>>();

  constructor(
    settings = ServerConnection.makeSettings(),
    send?: Send,
    private readonly _trans: TranslationBundle = nullTranslator.load('codegym')
  ) {
    this._base = URLExt.join(settings.baseUrl, 'codegym/api');
    this._send = send ?? ((url, init) => ServerConnection.makeRequest(url, init, settings));
    const bare = { ...settings, token: '' };
    this._session = settings.token ? (url, init) => ServerConnection.makeRequest(url, init, bare) : null;
  }

  /** True from the first request that found no server until the next that did. */
  get away(): boolean {
    return this._away;
  }

  get awayChanged(): ISignal<this, boolean> {
    return this._awayChanged;
  }

  /** Emits the server's API version once, when it is not this page's. */
  get stale(): ISignal<this, string> {
    return this._stale;
  }

  url(...parts: string[]): string {
    return URLExt.join(this._base, ...parts.map(encodeURIComponent));
  }

  catalogue(): Promise<R.ICatalogue> {
    return this._json('GET', ['courses']);
  }

  course(course: string): Promise<R.ICoursePage> {
    return this._json('GET', ['courses', course]);
  }

  open(course: string, unit: string): Promise<R.IOpened> {
    return this._json('POST', ['courses', course, 'units', unit, 'open'], {});
  }

  bring(course: string, unit: string, notebook: unknown): Promise<R.IBrought> {
    return this._json('POST', ['courses', course, 'units', unit, 'notebook'], { notebook });
  }

  repair(notebook: unknown): Promise<{ notebook: unknown; changed: boolean; notices: R.INotice[] }> {
    return this._json('POST', ['notebooks', 'repair'], { notebook });
  }

  submit(body: R.ISubmissionBody): Promise<R.ISubmitted> {
    return this._json('POST', ['submissions'], body);
  }

  submission(id: string): Promise<R.ISubmitted> {
    return this._json('GET', ['submissions', id]);
  }

  /** Where a wrong answer is wrong; the server looks for it while this waits. */
  diagnosis(id: string, language: string): Promise<R.IDiagnosis> {
    const search = `?${new URLSearchParams({ language }).toString()}`;
    return this._json('GET', ['submissions', id, 'diagnosis'], undefined, search);
  }

  cancel(id: string): Promise<R.ISubmitted> {
    return this._json('POST', ['submissions', id, 'cancel'], {});
  }

  /** The signed receipt of a submission, as the file that it is. */
  async receipt(id: string): Promise<Blob> {
    return (await this._request('GET', ['submissions', id, 'receipt'])).blob();
  }

  /** Stops what was sent under this key while its own request still waits, which is when its id is not known. */
  cancelSent(course: string, key: string): Promise<R.ISubmitted> {
    return this._json('POST', ['submissions', 'cancel'], { course, idempotency_key: key });
  }

  draft(course: string, unit: string, notebook: unknown): Promise<{ kept: string[] }> {
    return this._json('POST', ['drafts'], { course, unit, notebook });
  }

  hints(course: string, exercise: string): Promise<R.ILadder> {
    return this._json('GET', ['courses', course, 'exercises', exercise, 'hints']);
  }

  nextHint(course: string, exercise: string): Promise<R.ILadder> {
    return this._json('POST', ['courses', course, 'exercises', exercise, 'hints'], {});
  }

  conversation(course: string, exercise: string): Promise<R.IConversation> {
    return this._json('GET', ['courses', course, 'exercises', exercise, 'conversation']);
  }

  /** Forgets what was said about an exercise. */
  async newConversation(course: string, exercise: string): Promise<void> {
    await this._request('DELETE', ['courses', course, 'exercises', exercise, 'conversation']);
  }

  thumb(course: string, exercise: string, turn: string, thumb: number): Promise<R.ITurn> {
    const parts = ['courses', course, 'exercises', exercise, 'conversation', turn];
    return this._json('POST', parts, { thumb });
  }

  /** Asks the tutor; events come as they happen, until `signal` stops it. */
  async *ask(
    course: string,
    exercise: string,
    question: R.IQuestion,
    signal: AbortSignal
  ): AsyncGenerator<R.TalkEvent> {
    const parts = ['courses', course, 'exercises', exercise, 'conversation'];
    const response = await this._request('POST', parts, question, signal);
    yield* this._eventsOf<R.TalkEvent>(response);
  }

  tickets(course: string, exercise: string): Promise<{ contact: string | null; tickets: R.ITicket[] }> {
    return this._json('GET', ['courses', course, 'exercises', exercise, 'tickets']);
  }

  askPerson(
    course: string,
    exercise: string,
    asked: { question: string; share: R.Share[]; source: string; idempotency_key: string }
  ): Promise<R.ITicket> {
    return this._json('POST', ['courses', course, 'exercises', exercise, 'tickets'], asked);
  }

  /** Who answers the tutor's questions, as they are now. */
  llms(): Promise<{ answerers: R.IAnswerer[] }> {
    return this._json('GET', ['llms']);
  }

  /** Fetches a model; what comes tells how far it is. It goes on where nobody listens any more. */
  async *pull(name: string, signal: AbortSignal): AsyncGenerator<R.PullEvent> {
    const response = await this._request('POST', ['llms', 'pull'], { name }, signal);
    yield* this._eventsOf<R.PullEvent>(response);
  }

  stopPull(name: string): Promise<{ answerers: R.IAnswerer[] }> {
    return this._json('POST', ['llms', 'pull', 'stop'], { name });
  }

  /** What only staff may ask. What the parts of a page read at the same moment is asked once, and shared. */
  staff<T>(method: 'GET' | 'POST', parts: string[], body?: unknown, query?: Query): Promise<T> {
    const key = method + this.url(...parts) + searchOf(query);
    const shared = method === 'GET' ? (this._asked.get(key) as Promise<T> | undefined) : undefined;
    const asked = shared ?? this._asStaff<T>(send => this._json(method, parts, body, searchOf(query), send));
    this._asked.set(key, asked);
    setTimeout(() => this._asked.delete(key)); // what comes later may be about what has changed since
    return asked;
  }

  /** A file that only staff may have. */
  async staffFile(parts: string[], query: Query): Promise<Blob> {
    const search = searchOf(query);
    return (
      await this._asStaff(send => this._request('GET', parts, undefined, undefined, search, send))
    ).blob();
  }

  /** A unit's file as its author's notebook. */
  authorUnit(path: string): Promise<R.IAuthorUnit> {
    return this.staff('GET', ['authoring', 'unit'], undefined, { path });
  }

  /** `dry`: nothing is written, but `changes` says how many lines would be. */
  saveAuthorUnit(path: string, notebook: unknown, dry = false): Promise<R.IAuthorUnit> {
    return this.staff('POST', ['authoring', 'unit'], { path, notebook, dry_run: dry });
  }

  /** An empty unit in a folder; `words`: what its title and that of a new course begin with. */
  newUnit(folder: string, words: { unit: string; course: string }): Promise<R.IAuthorUnit> {
    return this.staff('POST', ['authoring', 'unit', 'new'], { folder, ...words });
  }

  /** A new exercise of a kind as a notebook, for that of the unit's file. */
  newExercise(path: string, kind: string): Promise<R.IAuthorUnit> {
    return this.staff('POST', ['authoring', 'unit', 'exercise'], { path, kind });
  }

  /** The schema of a file of a course; null in it where it is none. */
  authorSchema(path: string): Promise<R.IAuthorSchema> {
    return this.staff('GET', ['authoring', 'schema'], undefined, { path });
  }

  /** What is wrong with a file of a course once it holds `text`, and a unit's notebook as a student gets it. */
  preview(path: string, text: string): Promise<R.IAuthorPreview> {
    return this.staff('POST', ['authoring', 'preview'], { path, text });
  }

  /** What `codegym check` says of one exercise of a unit's file; what comes tells how far it is. */
  async *checkAuthored(
    path: string,
    exercise: string,
    signal: AbortSignal
  ): AsyncGenerator<R.AuthorCheckEvent> {
    const body = { path, exercise };
    const response = await this._asStaff(send =>
      this._request('POST', ['authoring', 'check'], body, signal, '', send)
    );
    yield* this._eventsOf<R.AuthorCheckEvent>(response);
  }

  /** The figure that an exercise asks for; null where there is none to show. */
  async picture(course: string, exercise: string): Promise<R.IPicture | null> {
    const place = ['courses', course, 'exercises', exercise, 'picture'];
    return (await this._json<{ picture: R.IPicture | null }>('GET', place)).picture;
  }

  /** What a program that is to be mended gives now, and should give; null where no sample tells. */
  async given(course: string, exercise: string): Promise<R.IOutcome | null> {
    const place = ['courses', course, 'exercises', exercise, 'given'];
    return (await this._json<{ outcome: R.IOutcome | null }>('GET', place)).outcome;
  }

  starter(course: string, exercise: string): Promise<{ source: string }> {
    return this._json('GET', ['courses', course, 'exercises', exercise, 'starter']);
  }

  /** Puts an example course into the folder of courses. */
  example(): Promise<{ folder: string }> {
    return this._json('POST', ['example'], {});
  }

  async health(): Promise<boolean> {
    const health = await this._json<{ alive: boolean; ready?: boolean }>('GET', ['health']);
    return health.alive && health.ready !== false;
  }

  /** The person's course folders, zipped. */
  async work(): Promise<Blob> {
    return (await this._request('GET', ['work'])).blob();
  }

  /** A page that shows a token may be refused what its browser's own session may do, so that is tried then. */
  private async _asStaff<T>(ask: (send: Send) => Promise<T>): Promise<T> {
    try {
      return await ask(this._send);
    } catch (reason) {
      if (!(reason instanceof RequestError && reason.status === 403) || !this._session) {
        throw reason;
      }
      return ask(this._session);
    }
  }

  private async _json<T>(
    method: string,
    parts: string[],
    body?: unknown,
    search = '',
    send = this._send
  ): Promise<T> {
    const response = await this._request(method, parts, body, undefined, search, send);
    return (await response.json()) as T;
  }

  private async _request(
    method: string,
    parts: string[],
    body?: unknown,
    signal?: AbortSignal,
    search = '',
    send = this._send
  ): Promise<Response> {
    const init: RequestInit = { method, headers: { 'CodeGYM-API': API_VERSION }, signal };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { ...init.headers, 'Content-Type': 'application/json' };
    }
    let response: Response;
    try {
      response = await send(this.url(...parts) + search, init);
    } catch (reason) {
      if (signal?.aborted) {
        throw reason;
      }
      this._mark(true);
      throw new ServerAway();
    }
    const error = response.ok ? null : await this._readError(response);
    if (isAway(response.status, error)) {
      this._mark(true);
      throw new ServerAway();
    }
    this._mark(false);
    this._compare(response.headers.get('CodeGYM-API'));
    if (error) {
      throw error;
    }
    return response;
  }

  private async _readError(response: Response): Promise<RequestError> {
    try {
      const { error } = (await response.json()) as { error: IServerError };
      return new RequestError(
        response.status,
        error.code,
        errorText(error, this._trans),
        error.details ?? {}
      );
    } catch {
      return new RequestError(response.status, 'unknown', response.statusText || String(response.status));
    }
  }

  /** What comes a line at a time, an error among it in the reader's language. */
  private async *_eventsOf<T extends { type: string }>(response: Response): AsyncGenerator<T> {
    for await (const line of linesOf(response)) {
      const event = JSON.parse(line) as T;
      yield event.type === 'error' ? { ...event, message: errorText(event as never, this._trans) } : event;
    }
  }

  private _mark(away: boolean): void {
    if (away !== this._away) {
      this._away = away;
      this._awayChanged.emit(away);
    }
  }

  private _compare(version: string | null): void {
    if (version && version !== API_VERSION && !this._told) {
      this._told = true;
      this._stale.emit(version);
    }
  }
}

function searchOf(query: Query = {}): string {
  const asked = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return asked.length ? `?${new URLSearchParams(asked).toString()}` : '';
}

/** A gateway's words for "nobody there"; our own errors carry a code and are answers. */
function isAway(status: number, error: RequestError | null): boolean {
  return [502, 503, 504].includes(status) && error?.code === 'unknown';
}

/** The server is there and cannot store anything: nothing of it is acknowledged, and it passes. */
export function isUnstored(reason: unknown): boolean {
  return reason instanceof RequestError && ['store_unavailable', 'unavailable'].includes(reason.code);
}

/** Refusals that pass by themselves: too many at once, logged out, not ready. */
export function isPassing({ status }: RequestError): boolean {
  return [401, 403, 429, 503].includes(status);
}
