import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { StreamMessage } from './records';

/** The pause before the nth attempt to connect again, in ms: doubled up to 10 s, spread by a quarter. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(10000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.75 + 0.5 * random()));
}

/** Parses one frame of the stream; anything that is no message of ours is null. */
export function parseMessage(text: unknown): StreamMessage | null {
  try {
    const data = JSON.parse(String(text)) as { type?: unknown };
    return typeof data?.type === 'string' ? (data as StreamMessage) : null;
  } catch {
    return null;
  }
}

/** The WebSocket that tells this tab of what was judged in another; connects again by itself. */
export class Stream implements IDisposable {
  private _socket: WebSocket | null = null;
  private _timer = 0;
  private _attempt = 0;
  private _disposed = false;
  private readonly _message = new Signal<this, StreamMessage>(this);
  private readonly _connected = new Signal<this, boolean>(this);

  constructor(private readonly _settings = ServerConnection.makeSettings()) {}

  get message(): ISignal<this, StreamMessage> {
    return this._message;
  }

  /** True when a connection stands again, false when it was lost. */
  get connected(): ISignal<this, boolean> {
    return this._connected;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  start(): void {
    if (this._disposed || this._socket) {
      return;
    }
    const socket = (this._socket = new this._settings.WebSocket(this._url()));
    socket.onopen = () => {
      this._attempt = 0;
      this._connected.emit(true);
    };
    socket.onmessage = event => {
      const message = parseMessage(event.data);
      if (message) {
        this._message.emit(message);
      }
    };
    socket.onclose = () => this._lost();
  }

  dispose(): void {
    this._disposed = true;
    window.clearTimeout(this._timer);
    this._socket?.close();
    this._socket = null;
    Signal.clearData(this);
  }

  private _lost(): void {
    this._socket = null;
    if (this._disposed) {
      return;
    }
    if (this._attempt === 0) {
      this._connected.emit(false);
    }
    this._timer = window.setTimeout(() => this.start(), backoff(this._attempt++));
  }

  private _url(): string {
    const { wsUrl, token, appendToken } = this._settings;
    const url = URLExt.join(wsUrl, 'codegym/api/stream');
    return appendToken && token ? `${url}?token=${encodeURIComponent(token)}` : url;
  }
}

/** The lines of an answer that comes bit by bit. */
export async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    const lines = (rest + (value ?? '')).split('\n');
    rest = done ? '' : lines.pop()!;
    yield* lines.filter(line => line.trim());
    if (done) {
      return;
    }
  }
}
