import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { IClock, points } from '../dates';
import { HOLD, outcome, phrase, Phrase, plain, ticked } from '../phrases';
import { Glyph, Said, Tool } from '../pieces';
import { IDiagnosis } from '../records';
import { Shape } from '../shapes';
import { CommandIDs } from '../tokens';
import { IJudgementHost } from './host';

interface IDiagnosisProps {
  trans: TranslationBundle;
  clock: IClock;
  host: IJudgementHost;
  /** Of a choice or a prediction: there is no code to look through, only an author's word to say. */
  bare: boolean;
}

type Example = NonNullable<IDiagnosis['example']>;

/** The row under the headline: where the mistake is, and a question on it; kept free while it is looked for. */
export function DiagnosisRow({ trans, clock, host, bare }: IDiagnosisProps): JSX.Element | null {
  const [open, setOpen] = React.useState(false);
  const { diagnosis } = host;
  const quiet = bare ? ['off', 'looking', 'none'] : ['off'];
  if (!diagnosis || quiet.includes(diagnosis.state)) {
    return null;
  }
  const { state, lines, example } = diagnosis;
  const steps = state === 'found' && example !== null;
  return (
    <div className="codegym-Diagnosis" role="group" aria-label={trans.__('Diagnosis')}>
      <Glyph
        shape={SHAPES[state] ?? 'aim'}
        tone="info"
        className={state === 'looking' ? 'codegym-mod-spin' : ''}
      />
      <div className="codegym-Diagnosis-text">
        {state === 'looking' && <span className="codegym-Quiet">{trans.__('Looking for the place…')}</span>}
        {state === 'hint' && <Price diagnosis={diagnosis} clock={clock} trans={trans} />}
        {state === 'none' && <None example={example} trans={trans} />}
        {lines.length > 0 && (
          <b>
            <Said
              words={placePhrase(lines, trans)}
              onLine={host.goToLine}
              lineLabel={line => trans.__('Go to line %1 of your answer', line)}
            />
          </b>
        )}{' '}
        {state === 'found' && <Said words={ticked(diagnosis.question)} />}
      </div>
      {state === 'hint' && (
        <button type="button" className="codegym-Chip" onClick={() => host.act(CommandIDs.hint)}>
          {trans.__('Show it')}
        </button>
      )}
      {steps && (
        <Tool
          shape="next"
          className={`codegym-Judgement-fold ${open ? 'codegym-mod-open' : ''}`}
          expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? trans.__('Hide steps') : trans.__('Steps')}
        </Tool>
      )}
      {steps && open && <Steps example={example} trans={trans} />}
    </div>
  );
}

const SHAPES: Record<string, Shape | undefined> = { looking: 'spin', hint: 'hint', none: 'info' };

/** "Look at line 4.", with links to the lines. */
function placePhrase(lines: number[], trans: TranslationBundle): Phrase {
  const template =
    lines.length === 1
      ? trans.__('Look at [line %1|1].', ...HOLD)
      : lines.length === 2
        ? trans.__('Look at lines [%1|1] and [%2|2] together.', ...HOLD)
        : trans.__('Look at lines [%1|1], [%2|2] and [%3|3] together.', ...HOLD);
  return phrase(template, ...lines);
}

/** The same for the live region. */
export function spokenPlace(lines: number[], trans: TranslationBundle): string {
  return plain(placePhrase(lines, trans));
}

function Price(props: { diagnosis: IDiagnosis; clock: IClock; trans: TranslationBundle }): JSX.Element {
  const { diagnosis, clock, trans } = props;
  const { rung, total, cost } = diagnosis.hint!;
  return (
    <>
      <b>{trans.__('A place to look is ready.')}</b>{' '}
      {cost
        ? trans._n(
            'It counts as hint %2 of %3 and costs %4 point.',
            'It counts as hint %2 of %3 and costs %4 points.',
            cost,
            rung,
            total,
            points(cost, clock)
          )
        : trans.__('It counts as hint %1 of %2.', rung, total)}
    </>
  );
}

function None({ example, trans }: { example: Example | null; trans: TranslationBundle }): JSX.Element {
  return (
    <>
      <b>{trans.__('I did not find one place.')}</b>{' '}
      {example && (
        <>
          {trans.__('This is the smallest input that differs.')}
          <dl className="codegym-Diff">
            {[
              [trans.__('input'), example.call],
              [trans.__('expected'), example.wanted],
              [trans.__('your answer'), example.got || trans.__('no end')]
            ].map(([name, value]) => (
              <React.Fragment key={name}>
                <dt>{name}</dt>
                <dd dir="ltr">{value}</dd>
              </React.Fragment>
            ))}
          </dl>
        </>
      )}
    </>
  );
}

/** The example, worked out turn by turn, and what to ask oneself after the first one that is wrong. */
function Steps({ example, trans }: { example: Example; trans: TranslationBundle }): JSX.Element {
  const { turns, first_wrong, name, watched } = example;
  const names = [...new Set(turns.flatMap(turn => Object.keys(turn.names)))];
  const lead = example.is_new
    ? trans.__('A small new example, run with your code:')
    : trans.__('A small example, run with your code:');
  const wrong = turns.find(turn => turn.number === first_wrong);
  return (
    <div className="codegym-Diagnosis-steps">
      <p>
        {lead} <Said words={outcome(example, trans)} />
      </p>
      {watched && <Watched {...watched} trans={trans} />}
      {turns.length > 0 && (
        <table dir="ltr">
          <thead>
            <tr>
              <th scope="col">{trans.__('turn')}</th>
              {names.map(one => (
                <th key={one} scope="col">
                  <code>{one}</code>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {turns.map(turn => (
              <tr key={turn.number} className={turn === wrong ? 'codegym-mod-here' : undefined}>
                <th scope="row">{turn.number}</th>
                {names.map(one => (
                  <td key={one}>
                    <code>{turn.names[one]}</code>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {wrong && name in wrong.names && (
        <p>
          <Said
            words={phrase(
              trans.__('After turn %1 `%2` is `%3`. What should it be by then?', ...HOLD),
              wrong.number,
              name,
              wrong.names[name]
            )}
          />
        </p>
      )}
    </div>
  );
}

/** What the parts of a line were worth when it ran. */
function Watched(props: NonNullable<Example['watched']> & { trans: TranslationBundle }): JSX.Element {
  return (
    <p>
      {props.trans.__('When it comes to line %1:', props.line)}{' '}
      {props.parts.map(({ text, value }, i) => (
        <React.Fragment key={text}>
          {i > 0 && ', '}
          <code dir="ltr">{`${text} ${/^\w+$/.test(text) ? '=' : '→'} ${value}`}</code>
        </React.Fragment>
      ))}
    </p>
  );
}
