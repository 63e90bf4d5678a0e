import { Notification } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';

import { Announcer } from './announce';

/**
 * Tells once that the server is away, and takes it back when it is there again. A toast, not the lab's dialog: who
 * writes an answer goes on writing.
 */
export class AwayNotice {
  /** Set where a hub can start the server again. */
  restart: (() => void) | null = null;
  private _told = false;
  private _toast = '';

  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _announcer: Announcer
  ) {}

  /** The lab, or a request of ours, found no server. */
  lost(): void {
    if (this._told) {
      return;
    }
    this._told = true;
    const text = this._trans.__(
      'The server is away. JupyterLab connects again by itself; you can go on writing.'
    );
    const label = this._trans.__('Start it again');
    const { restart } = this;
    this._toast = Notification.info(text, {
      autoClose: restart ? false : 6000,
      actions: restart ? [{ label, callback: () => restart() }] : []
    });
    this._announcer.say(this._trans.__('The server is away.'));
  }

  /** An answer is kept in this browser: what speaks of that stays until the server is back. */
  kept(away = true): void {
    this._told = true;
    const message = away
      ? this._trans.__('The server is away. Your answers are kept in this browser and sent when it is back.')
      : this._trans.__(
          'The server cannot store answers just now. Yours are kept in this browser and sent when it can.'
        );
    Notification.dismiss(this._toast);
    this._toast = Notification.info(message, { autoClose: false });
    this._announcer.say(
      away
        ? this._trans.__('The server is away. Your answer is kept.')
        : this._trans.__('The server cannot store answers just now. Your answer is kept.')
    );
  }

  back(): void {
    if (!this._told) {
      return;
    }
    this._told = false;
    Notification.dismiss(this._toast);
    this._toast = '';
    this._announcer.say(this._trans.__('The server is back.'));
  }
}
