import { Notification } from '@jupyterlab/apputils';

import { IJudgement } from '../records';
import { saveFile } from '../saving';
import { IServer } from '../tokens';

type Server = Pick<IServer, 'api' | 'announcer' | 'trans'>;

/** *Save receipt*: what the server says, signed, byte by byte as it came. */
export async function saveReceipt({ api, announcer, trans }: Server, view: IJudgement): Promise<void> {
  try {
    const receipt = await api.receipt(view.submission);
    saveFile(receipt, `receipt-${view.exercise}-${view.submission.slice(-8)}.json`);
    announcer.say(trans.__('Receipt saved.'));
  } catch {
    Notification.warning(
      trans.__('There is no receipt just now. Your answer is stored. Try again in a moment.'),
      { autoClose: 6000 }
    );
  }
}
