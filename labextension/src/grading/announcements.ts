import { Notification } from '@jupyterlab/apputils';

import { IDiagnosis, IJudgement } from '../records';
import { CommandIDs, IExerciseRef } from '../tokens';
import { Happening } from './state';
import { IGradingContext } from './answercell';
import { spokenPlace } from './diagnosis';
import { NotebookAnswers } from './notebooks';
import { spoken } from './judgement';
import { offerLine } from './answerstatus';
import { spokenLine } from './words';

/** A diagnosis is said so long after its judgement at least, in ms. */
const SAID_AFTER = 1500;

/** Says and shows what happened: aloud, and as a toast where it speaks of kept work. A judgement is never a toast. */
export class Announcements {
  /** Cleared by a setting: the notebook is not saved after a judgement. */
  saves = true;

  constructor(
    private readonly _context: IGradingContext,
    private readonly _notebooks: NotebookAnswers
  ) {
    _context.diagnoses.found.connect((_, { view, diagnosis }) => this._diagnosed(view, diagnosis));
  }

  tell(event: Happening): void {
    const { trans, announcer } = this._context.server;
    switch (event.what) {
      case 'judged':
        this._judged(event.ref, event.judgement);
        break;
      case 'stopped':
        announcer.say(trans.__('Stopped by you. No attempt used.'));
        break;
      case 'untouched':
        announcer.say(trans.__('Nothing to check yet.'));
        break;
      case 'kept':
        this._context.server.away.kept(event.away);
        break;
      case 'sent':
        this._context.server.away.back();
        this._sent(event.refs);
    }
  }

  private _judged(ref: IExerciseRef, judgement: IJudgement): void {
    const { server, memory, courses, offer, hints, checks, diagnoses } = this._context;
    const { trans, announcer } = server;
    const clock = courses.clockOf(ref.course);
    memory.judgedNow(judgement);
    void diagnoses.need(judgement);
    const answer = this._notebooks.find(ref);
    void answer?.reveal();
    if (answer && this.saves) {
      void answer.panel.context.save().catch(() => undefined);
    }
    const line = spokenLine(spoken(judgement, clock, trans), trans.__('Control F8'), trans);
    const offers = offer.judged(ref, judgement) && hints?.mayOffer(ref);
    announcer.say(offers ? `${line} ${offerLine(trans)}` : line);
    checks.touch();
  }

  /** Once, after the judgement itself was said; an answer that was changed meanwhile has other lines. */
  private _diagnosed(view: IJudgement, { lines }: IDiagnosis): void {
    const { server, memory, checks } = this._context;
    const answer = this._notebooks.find({ course: view.course, exercise: view.exercise });
    if (lines.length && answer?.judgement?.submission === view.submission && !answer.document.isOlder()) {
      answer.mark(lines);
      if (memory.isFresh(view)) {
        window.setTimeout(() => server.announcer.say(spokenPlace(lines, server.trans)), SAID_AFTER);
      }
    }
    checks.touch();
  }

  private _sent(sent: { ref: IExerciseRef; judgement: IJudgement | null }[]): void {
    const { server, commands } = this._context;
    const { trans, announcer } = server;
    const accepted = sent.every(({ judgement }) => judgement?.verdict === 'AC');
    const text = accepted
      ? trans._n(
          'Back again. %1 kept answer was sent and accepted.',
          'Back again. %1 kept answers were sent and accepted.',
          sent.length
        )
      : trans._n(
          'Back again. %1 kept answer was sent.',
          'Back again. %1 kept answers were sent.',
          sent.length
        );
    const { course, exercise } = sent[0].ref;
    const show = () => void commands.execute(CommandIDs.open, { course, exercise });
    announcer.say(text);
    Notification.success(text, {
      autoClose: 6000,
      actions: [{ label: trans.__('Show it'), callback: show }]
    });
  }
}
