import { Notification } from '@jupyterlab/apputils';

import { IJudgement } from '../records';
import { CommandIDs, IExerciseRef } from '../tokens';
import { Happening } from './state';
import { IGradingRoom } from './desk';
import { AnswerDesks } from './desks';
import { spoken } from './judgement';
import { spokenLine } from './words';

/** What is said aloud and shown as a toast when something happened; a judgement itself is never a toast. */
export function tellOf(room: IGradingRoom, desks: AnswerDesks, save: () => boolean, event: Happening): void {
  const { server, memory } = room;
  const { trans, announcer } = server;
  switch (event.what) {
    case 'judged': {
      memory.judgedNow(event.judgement);
      const desk = desks.find(event.ref);
      void desk?.reveal();
      if (desk && save()) {
        void desk.panel.context.save().catch(() => undefined);
      }
      const words = spoken(event.judgement, server.clock, trans);
      announcer.say(spokenLine(words, trans.__('Control F8'), trans));
      break;
    }
    case 'stopped':
      announcer.say(trans.__('Stopped by you. No attempt used.'));
      break;
    case 'kept':
      announcer.say(trans.__('The server is away. Your answer is kept.'));
      if (event.first) {
        const text = trans.__(
          'The server is away. Your answers are kept in this browser and sent when it is back.'
        );
        Notification.info(text, { autoClose: false });
      }
      break;
    case 'sent':
      tellSent(room, event.refs);
  }
}

function tellSent(room: IGradingRoom, sent: { ref: IExerciseRef; judgement: IJudgement | null }[]): void {
  const { trans } = room.server;
  const accepted = sent.filter(({ judgement }) => judgement?.verdict === 'AC').length;
  const text =
    accepted === sent.length
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
  room.server.announcer.say(text);
  Notification.success(text, {
    autoClose: false,
    actions: [
      {
        label: trans.__('Show it'),
        callback: () => void room.commands.execute(CommandIDs.open, { course, exercise })
      }
    ]
  });
}
