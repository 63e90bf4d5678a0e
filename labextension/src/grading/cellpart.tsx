import { ReactWidget } from '@jupyterlab/ui-components';

/** A place in a cell's layout for what is no part of the document. */
export class CellPart extends ReactWidget {
  constructor(
    className: string,
    private readonly _content: () => JSX.Element
  ) {
    super();
    this.addClass(className);
    this.node.addEventListener('keydown', event => {
      // Ctrl S and the like are for the whole lab; other keys are not for the notebook's commands
      if (!(event.ctrlKey || event.metaKey) || event.key === 'Enter') {
        event.stopPropagation();
      }
    });
  }

  render(): JSX.Element {
    return this._content();
  }
}
