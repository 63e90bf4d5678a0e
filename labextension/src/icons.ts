import { LabIcon } from '@jupyterlab/ui-components';

import { Shape, SHAPES } from './shapes';

/** A shape as an icon of the lab's own widgets: tabs, menus, cards, the palette. */
function icon(shape: Shape, kind = 'jp-icon3'): LabIcon {
  // the lab colours any element of its icon classes that has a fill, `none` too: so that stands outside
  const strokes = 'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"';
  return new LabIcon({
    name: `codegym-jlab:${shape}`,
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"><g fill="none" ${strokes}><g class="${kind}" stroke="#616161">${SHAPES[shape]}</g></g></svg>`
  });
}

export const coursesIcon = icon('logo');
export const checkIcon = icon('check');
export const handInIcon = icon('handin');
export const hintIcon = icon('hint');
export const resetIcon = icon('reset');
export const downloadIcon = icon('download');
export const chatIcon = icon('chat');
export const classIcon = icon('class');
