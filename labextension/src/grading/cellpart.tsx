import { ReactWidget } from '@jupyterlab/ui-components';

/** A place in a cell's layout for what is no part of the document. */
export class CellPart extends ReactWidget {
  constructor(
    className: string,
    private readonly _content: () => JSX.Element
  ) {
    super();
    this.addClass(className);
    this.node.addEventListener('keydown', event => event.stopPropagation());
  }

  render(): JSX.Element {
    return this._content();
  }
}
