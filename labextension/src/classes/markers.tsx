import React from 'react';

import { points } from '../dates';
import { Marking } from './marking';
import { IMarkers, IReview } from './records';
import { fields, settled } from './review';
import { Do, ITab, Rows } from './tab';

interface IMarkersProps {
  review: IReview;
  markers: IMarkers;
  model: Marking;
  tab: ITab;
}

/** Where two people mark it: what that asks of this one, and both marks side by side once they are in. */
export function Markers(props: IMarkersProps): JSX.Element {
  const { review, markers, tab } = props;
  const { trans, clock } = tab;
  const apart = trans.__('The marks are further apart than %1.', points(markers.tolerance, clock));
  const decision = markers.decides
    ? trans.__('You decide: what you record now counts.')
    : trans.__('An instructor of the class decides. You have nothing more to do here.');
  const said = {
    open: trans.__('Two people mark this. Neither sees the other’s marks before both are in.'),
    mine: trans.__('Your marks are kept, and wait for another marker. You can change them until then.'),
    differ: `${apart} ${decision}`,
    done: settled(review) ? trans.__('An instructor of the class can record other marks.') : ''
  }[markers.stage];
  return (
    <>
      {said && <p className="codegym-Quiet">{said}</p>}
      {markers.given.length > 0 && <Both {...props} />}
    </>
  );
}

/** A column each, and how far apart they are; who decides can begin with those of one of them. */
function Both({ review, markers, model, tab }: IMarkersProps): JSX.Element {
  const { trans, clock } = tab;
  const names = markers.given.map(one => tab.named(one.who));
  const values = markers.given.map(one => new Map(one.items.map(item => [item.id, item.points])));
  const row = (key: string, name: string, each: (number | undefined)[]) => {
    const [a, b] = each;
    const apart = a === undefined || b === undefined ? '' : points(Math.abs(a - b), clock);
    const cells = each.map(value => (value === undefined ? '' : points(value, clock)));
    return { key, cells: [<bdi key={key}>{name}</bdi>, ...cells, apart] };
  };
  const lines = fields(review)
    .filter(({ id }) => id)
    .map(({ id, text }) =>
      row(
        id,
        text,
        values.map(one => one.get(id))
      )
    );
  const all = row(
    '',
    trans.__('All'),
    markers.given.map(one => one.points)
  );
  return (
    <>
      <Rows
        label={trans.__('Marks of both markers')}
        heads={[
          trans.__('Line of the rubric'),
          ...names.map((name, i) => <bdi key={i}>{name}</bdi>),
          trans.__('Apart')
        ]}
        numbers={names.map((_, i) => i + 1).concat(names.length + 1)}
        rows={[...lines, all]}
      />
      {markers.given.map(
        (one, i) =>
          one.comment && (
            <p key={i} className="codegym-Meta">
              <bdi>{names[i]}</bdi>: <q>{one.comment}</q>
            </p>
          )
      )}
      {markers.stage === 'differ' && markers.decides && (
        <div className="codegym-Row">
          {markers.given.map((one, i) => (
            <Do key={i} act={() => model.take(review, one)}>
              {trans.__('Start from the marks of %1', names[i])}
            </Do>
          ))}
        </div>
      )}
    </>
  );
}
