import { TranslationBundle } from '@jupyterlab/translation';

import { IAnswerer, IJudgement, IReply } from '../records';
import { serverText } from '../serverwords';
import { ITalk } from './talks';

/** The heading of a reply. */
export function agentName(reply: IReply, trans: TranslationBundle): string {
  if (reply.title) {
    return serverText(reply.title, trans);
  }
  switch (reply.agent) {
    case 'hint':
    case 'solution_request':
      return trans.__('Hint');
    case 'explain_error':
      return trans.__('Error explained');
    case 'review':
      return trans.__('Review');
    case 'concept':
      return trans.__('Explanation');
    case 'progress':
      return trans.__('Your progress');
    case 'logistics':
      return trans.__('About this course');
    case 'distress':
      return trans.__('A person can help');
    case 'asks_back':
      return trans.__('One question first');
    case 'off':
      return trans.__('Off for now');
    default:
      return trans.__('Tutor');
  }
}

/** What stands for a question that got no answer, or a part of one. */
export function problemLine(problem: string, trans: TranslationBundle): string {
  switch (problem) {
    case 'stopped':
      return trans.__('Stopped. Ask again at any time.');
    case 'away':
      return trans.__('The server is away. Ask again when it is back.');
    case 'cut':
      return trans.__('The answer ended half-way. Ask again.');
    default:
      return serverText(problem, trans);
  }
}

/** Who would answer now. */
export function readyLine(talk: ITalk, trans: TranslationBundle): string {
  if (talk.tutor === 'off') {
    return trans.__('The tutor is off in this unit. Check works as always.');
  }
  const first = talk.tutor === 'full' ? talk.answerers.find(one => one.state === 'ready') : undefined;
  return first ? trans.__('Ready: %1', first.name) : trans.__('Ready: the course’s own hints');
}

/** How one of those who answer stands. */
export function answererState(one: IAnswerer, trans: TranslationBundle): string {
  switch (one.state) {
    case 'ready':
      return trans.__('ready');
    case 'loading':
      return trans.__('starting');
    case 'pulling':
      return trans.__('%1 %', Math.round((one.share ?? 0) * 100));
    case 'away':
      return trans.__('away');
    default:
      return trans.__('not tried yet');
  }
}

/** What an answer shows that help can be asked about. */
export type Moment = 'error' | 'not_yet' | 'accepted' | 'quiet';

export function momentOf(lastError: string | null, judgement: IJudgement | null): Moment {
  if (lastError) {
    return 'error';
  }
  switch (judgement?.state === 'judged' ? judgement.verdict : null) {
    case 'AC':
      return 'accepted';
    case 'RTE':
    case 'CE':
      return 'error';
    case null:
    case 'JE':
      return 'quiet';
    default:
      return 'not_yet';
  }
}
