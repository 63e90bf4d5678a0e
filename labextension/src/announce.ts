/** The one polite live region of the extension; it stands outside the notebook, whose outputs are redrawn. */
export class Announcer {
  private readonly _node: HTMLElement;
  private _timer = 0;

  constructor(parent: HTMLElement = document.body) {
    this._node = document.createElement('div');
    this._node.className = 'codegym-Announcer';
    this._node.setAttribute('role', 'status');
    this._node.setAttribute('aria-live', 'polite');
    parent.appendChild(this._node);
  }

  /** Says one sentence; the same sentence twice is said twice. */
  say(text: string): void {
    this._node.textContent = '';
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      this._node.textContent = text;
    }, 50);
  }
}
