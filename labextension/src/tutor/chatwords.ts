import { TranslationBundle } from '@jupyterlab/translation';

import { IAnswerer, IJudgement, IReply } from '../records';
import { serverText } from '../serverwords';
import { IOpenConversation } from './conversations';

/** The heading of a reply. */
export function agentName(reply: IReply, trans: TranslationBundle): string {
  if (reply.title) {
    return serverText(reply.title, trans);
  }
  switch (reply.agent) {
    case 'hint':
    case 'solution_request':
      return trans.__('Hint');
    case 'why':
      return trans.__('Diagnosis');
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
    case 'say_back':
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
      return serverText(problem, trans); // a model's note, too
  }
}

/** The states of a model that is asked. */
const ANSWERS: IAnswerer['state'][] = ['ready', 'answering', 'tried'];

/** Who would answer, of these in order. */
export function firstReady(list: IAnswerer[]): IAnswerer | undefined {
  return list.find(one => ANSWERS.includes(one.state));
}

/** Who would answer now. */
export function readyLine(conversation: IOpenConversation, trans: TranslationBundle): string {
  if (conversation.tutor === 'off') {
    return trans.__('The tutor is off in this unit. Check works as always.');
  }
  const first = conversation.tutor === 'full' ? firstReady(conversation.answerers) : undefined;
  return first ? trans.__('Ready: %1', first.name) : trans.__('Ready: the course’s own hints');
}

/** How one of those who answer stands. */
export function answererState(one: IAnswerer, trans: TranslationBundle): string {
  switch (one.state) {
    case 'ready':
      return trans.__('ready');
    case 'answering':
      return trans.__('answering');
    case 'tried':
      return trans.__('did not answer last time');
    case 'pulling':
      return one.share === null || one.share === undefined
        ? trans.__('downloading')
        : trans.__('%1 %', Math.round(one.share * 100));
    case 'absent':
      return trans.__('not downloaded');
    case 'away':
      return trans.__('away');
    default:
      return trans.__('looking…');
  }
}

/** Words are shorter than what models count. */
const WORDS_A_TOKEN = 0.75;

/** How fast it answered at last. */
export function paceLine({ pace }: IAnswerer, trans: TranslationBundle): string | null {
  if (!pace) {
    return null;
  }
  const first = pace.first_s < 0.1 ? '0.1' : pace.first_s.toFixed(1);
  const words = pace.tokens_s ? Math.max(1, Math.round(pace.tokens_s * WORDS_A_TOKEN)) : 0;
  return words
    ? trans._n(
        'first word after %2 s, then %1 word a second',
        'first word after %2 s, then %1 words a second',
        words,
        first
      )
    : trans.__('first word after %1 s', first);
}

/** How far a download is: "1.2 of 1.9 GB · about 2 minutes". */
export function pullLine(one: IAnswerer, left: number | null, trans: TranslationBundle): string {
  if (!one.bytes?.total) {
    return trans.__('Starting the download…');
  }
  const { done, total } = one.bytes;
  const [unit, name] = total >= 1e9 ? [1e9, 'GB'] : [1e6, 'MB'];
  const size = trans.__('%1 of %2 %3', (done / unit).toFixed(1), (total / unit).toFixed(1), name);
  if (left === null) {
    return size;
  }
  const minutes = Math.ceil(left / 60);
  const time =
    left < 50 ? trans.__('less than a minute') : trans._n('about %1 minute', 'about %1 minutes', minutes);
  return `${size} · ${time}`;
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
