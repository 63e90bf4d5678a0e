import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { digestOf } from '../cells';
import { IJudgement, IMarks, JUDGEMENT_MIME } from '../records';
import { judgementContext } from './host';
import { JudgementView } from './judgement';

/** Draws `application/vnd.codegym.judgement+json` wherever the lab renders outputs. */
export class RenderedJudgement extends ReactWidget implements IRenderMime.IRenderer {
  private _view: IJudgement | null = null;
  private _digest: string | null = null;

  constructor() {
    super();
    this.addClass('codegym-RenderedJudgement');
    // the notebook takes the focus back on any key that reaches it
    this.node.addEventListener('keydown', event => event.stopPropagation());
    judgementContext.changed.connect(this._again, this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._view = readJudgement(model.data[JUDGEMENT_MIME]);
    this._digest = digestOf(model.metadata);
    this.update();
    await this.renderPromise;
  }

  render(): JSX.Element {
    if (!this._view) {
      return <></>;
    }
    const { trans, clockOf } = judgementContext.current;
    const clock = clockOf(this._view.course);
    const host = judgementContext.current.host(this.node, this._view, this._digest);
    return <JudgementView view={host?.newer ?? this._view} trans={trans} clock={clock} host={host} />;
  }

  /** Which cell it stands in is known only once it is in the document. */
  protected onAfterAttach(msg: Parameters<ReactWidget['processMessage']>[0]): void {
    super.onAfterAttach(msg);
    this.update();
  }

  private _again(): void {
    this.update();
  }
}

/** A judgement from a file is data that anyone may have written: what is not of its shape is not drawn. */
export function readJudgement(data: unknown): IJudgement | null {
  const view = data as Partial<IJudgement> | null | undefined;
  if (!view || typeof view !== 'object' || view.schema !== 1 || typeof view.exercise !== 'string') {
    return null;
  }
  return {
    ...(view as IJudgement),
    title: view.title ?? view.exercise,
    state: view.state ?? 'judged',
    checks: Array.isArray(view.checks) ? view.checks : [],
    notices: Array.isArray(view.notices) ? view.notices : [],
    marks: readMarks(view.marks)
  };
}

function readMarks(marks: Partial<IMarks> | null | undefined): IMarks | null {
  if (!marks || !Array.isArray(marks.lines)) {
    return null;
  }
  const lines = marks.lines.filter(line => line && typeof line.text === 'string');
  return { ...(marks as IMarks), lines, comment: typeof marks.comment === 'string' ? marks.comment : '' };
}
