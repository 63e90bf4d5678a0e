import { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { RenderedJudgement } from './grading/renderer';
import { JUDGEMENT_MIME } from './records';

const extension: IRenderMime.IExtension = {
  id: 'codegym-jlab:judgement',
  description: 'Draws the judgements of CodeGYM in notebooks.',
  rendererFactory: {
    safe: true,
    mimeTypes: [JUDGEMENT_MIME],
    createRenderer: () => new RenderedJudgement()
  },
  rank: 0,
  dataType: 'json'
};

export default extension;
