import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import React from 'react';

import { Glyph, Tool } from '../pieces';
import { IStretch, Stretches, useLines } from './code';
import { IFormProps } from './form';
import { Hand } from './hand';
import { IPlaced, Move, placed, unused } from './lines';

/** How far one indent is, in px. */
const INDENT = 22;

/** Two lists: the lines that are not used, and the program. Lines are carried by keys, by menu or by mouse. */
export function Order(props: IFormProps): JSX.Element {
  const { trans, readOnly, undo } = props;
  const [, redraw] = React.useReducer((n: number) => n + 1, 0);
  const hand = (React.useRef<Hand>().current ??= new Hand(props, redraw));
  hand.props = props;
  const node = React.useRef<HTMLDivElement>(null);
  const colours = useLines(props.form.lines.join('\n'), props.highlight);
  const { used } = hand.place;
  const focus = () => node.current?.querySelector<HTMLElement>(`[data-used="${hand.place.used}"]`)?.focus();
  // a line that went into the other list takes the focus with it
  React.useEffect(() => {
    if (node.current?.contains(document.activeElement)) {
      node.current.querySelector<HTMLElement>(`[data-used="${used}"]`)?.focus();
    }
  }, [used]);
  const menu = (event: React.MouseEvent<HTMLElement>) => {
    event.preventDefault();
    event.stopPropagation();
    if (!readOnly) {
      openMenu(hand, event.currentTarget.getBoundingClientRect(), focus);
    }
  };
  const leave = (event: React.FocusEvent) => !node.current?.contains(event.relatedTarget) && hand.drop();
  return (
    <div className="codegym-Order">
      <div className="codegym-Order-lists" ref={node} onBlur={leave}>
        <LineList {...props} hand={hand} colours={colours} used={false} menu={menu} />
        <LineList {...props} hand={hand} colours={colours} used menu={menu} />
      </div>
      {!readOnly && (
        <div className="codegym-Form-foot">
          <span className="codegym-Order-said">
            {hand.said || trans.__('Space lifts and drops a line, the arrows move it.')}
          </span>
          <Tool
            shape="more"
            popup
            onClick={() => openMenu(hand, node.current!.getBoundingClientRect(), focus)}
          >
            {trans.__('Move the line')}
          </Tool>
          <Tool shape="undo" onClick={undo}>
            {trans.__('Undo')}
          </Tool>
        </div>
      )}
    </div>
  );
}

interface IListProps extends IFormProps {
  hand: Hand;
  colours: IStretch[][];
  used: boolean;
  menu(event: React.MouseEvent<HTMLElement>): void;
}

function LineList(props: IListProps): JSX.Element {
  const { trans, form, hand, used } = props;
  const id = React.useId();
  const name = used ? trans.__('Your program') : trans.__('Lines not used');
  const rows: IPlaced[] = used
    ? hand.program
    : unused(hand.program, form.lines).map(line => ({ line, indent: 0 }));
  const active = hand.place.used === used ? hand.line : undefined;
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey && hand.key(event.key)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <div className="codegym-Order-side">
      <span id={`${id}name`} className="codegym-Form-name">
        {name}
      </span>
      <div
        role="listbox"
        tabIndex={0}
        className="codegym-Order-list"
        data-used={used}
        aria-labelledby={`${id}name`}
        aria-activedescendant={active === undefined ? undefined : `${id}${active}`}
        onFocus={() => hand.enter(used)}
        onKeyDown={onKeyDown}
        onContextMenu={props.menu}
        onDragOver={event => event.preventDefault()}
        onDrop={event => dropLine(event, hand, used)}
      >
        {rows.map((row, at) => (
          <Line
            key={row.line}
            {...props}
            row={row}
            at={at}
            id={`${id}${row.line}`}
            active={row.line === active}
          />
        ))}
      </div>
      {used && !rows.length && <p className="codegym-Order-empty">{trans.__('Bring the lines here.')}</p>}
    </div>
  );
}

function Line(props: IListProps & { row: IPlaced; at: number; id: string; active: boolean }): JSX.Element {
  const { trans, form, hand, used, row, at, active, readOnly } = props;
  const text = form.lines[row.line].trim();
  const wrong = used && !props.older && lookedAt(props) === at + 1;
  const names = [
    'codegym-Line',
    active && 'codegym-mod-active',
    active && hand.lifted && 'codegym-mod-lifted'
  ];
  return (
    <div
      role="option"
      id={props.id}
      aria-selected={active}
      aria-label={used ? trans.__('%1, line %2, indent %3', text, at + 1, row.indent) : text}
      data-line={used ? at + 1 : undefined}
      className={[...names, wrong && 'codegym-mod-no'].filter(Boolean).join(' ')}
      style={{ marginInlineStart: row.indent * INDENT }}
      draggable={!readOnly}
      onMouseDown={() => hand.rest({ used, at })}
      onDragStart={event => {
        event.dataTransfer.setData('text/plain', text);
        event.dataTransfer.effectAllowed = 'move';
        hand.rest({ used, at });
      }}
    >
      <Glyph shape="grip" tone="grey" />
      <code dir="ltr">
        <Stretches line={props.colours[row.line]} />
      </code>
    </div>
  );
}

/** The line of the program that a judgement points at. */
function lookedAt({ judged }: IFormProps): number | null {
  const notice = judged?.notices.find(one => one.code === 'order');
  return typeof notice?.args?.line === 'number' ? notice.args.line : null;
}

/** The dragged line lands between those under the pointer, as far in as the pointer is. */
function dropLine(event: React.DragEvent<HTMLElement>, hand: Hand, used: boolean): void {
  event.preventDefault();
  event.stopPropagation();
  const { line, program } = hand;
  if (line === undefined || hand.props.readOnly) {
    return;
  }
  if (!used) {
    hand.move('out');
    return;
  }
  const rows = [...event.currentTarget.querySelectorAll('[role="option"]')].map(one =>
    one.getBoundingClientRect()
  );
  const at = rows.filter(({ top, height }) => top + height / 2 < event.clientY).length;
  const left = event.currentTarget.getBoundingClientRect().left;
  hand.take(placed(program, line, at, Math.floor((event.clientX - left) / INDENT) - 1));
}

/** Every move that the line at work can make, as a menu. */
function openMenu(hand: Hand, near: DOMRect, after: () => void): void {
  const { trans } = hand.props;
  const commands = new CommandRegistry();
  const menu = new Menu({ commands });
  const labels: [Move, string][] = [
    ['in', trans.__('Into the program')],
    ['out', trans.__('Out of the program')],
    ['up', trans.__('Up')],
    ['down', trans.__('Down')],
    ['deeper', trans.__('Indent more')],
    ['shallower', trans.__('Indent less')]
  ];
  for (const [move, label] of labels) {
    commands.addCommand(move, { label, isEnabled: () => hand.can(move), execute: () => hand.move(move) });
    menu.addItem({ command: move });
  }
  // also after the move, which may have brought the line into the other list
  menu.aboutToClose.connect(() => window.setTimeout(after));
  menu.open(near.left, near.bottom, { horizontalAlignment: 'left' });
}
