/** The project's own icons: a 16 px box, stroke 1.5, round ends, one colour each. */
export const SHAPES = {
  logo: '<path d="M5 3.5H3.2v9H5M11 3.5h1.8v9H11M5.8 8h4.4M1 6.5v3M15 6.5v3"/>',
  right:
    '<circle cx="8" cy="8" r="6.75" fill="currentColor"/><path d="M5 8.2l2.1 2.1L11 6.2" stroke="var(--jp-layout-color0)" stroke-width="1.7"/>',
  neq: '<circle cx="8" cy="8" r="6.25"/><path d="M5.2 6.7h5.6M5.2 9.3h5.6M9.4 4.6L6.6 11.4"/>',
  error: '<path d="M8 2.2l6.2 11.1H1.8z"/><path d="M8 6.4v3.2M8 11.4v.05"/>',
  clock: '<circle cx="8" cy="8" r="6.25"/><path d="M8 4.4V8l2.4 1.6"/>',
  syntax: '<path d="M4.6 4L1.4 8l3.2 4M11.4 4l3.2 4-3.2 4M8 4.2v4.6M8 11.4v.05"/>',
  fence:
    '<path d="M8 1.8l5.2 1.9v4c0 3.2-2.1 5.4-5.2 6.5-3.1-1.1-5.2-3.3-5.2-6.5v-4z"/><path d="M5.6 8h4.8"/>',
  kept: '<path d="M2 9.5v3.8h12V9.5M8 2v7.3M5 6.6l3 3 3-3"/>',
  ours: '<circle cx="8" cy="8" r="6.25"/><circle cx="8" cy="8" r="2.5"/><path d="M3.6 3.6l2.6 2.6M12.4 3.6L9.8 6.2M3.6 12.4l2.6-2.6M12.4 12.4L9.8 9.8"/>',
  memory:
    '<rect x="4" y="4" width="8" height="8"/><path d="M6 1.8V4M10 1.8V4M6 12v2.2M10 12v2.2M1.8 6H4M1.8 10H4M12 6h2.2M12 10h2.2"/>',
  lines: '<path d="M2 3.5h12M2 6.5h12M2 9.5h12M2 12.5h5M11 11l3 3M14 11l-3 3"/>',
  spin: '<circle cx="8" cy="8" r="6" stroke="var(--codegym-track)"/><path d="M8 2a6 6 0 0 1 6 6"/>',
  todo: '<circle cx="8" cy="8" r="5.75"/>',
  tried:
    '<circle cx="8" cy="8" r="5.75"/><path d="M8 2.25a5.75 5.75 0 0 0 0 11.5z" fill="currentColor" stroke="none"/>',
  part: '<circle cx="8" cy="8" r="6.25"/><path d="M8 8V4.5A3.5 3.5 0 1 1 4.5 8z" fill="currentColor" stroke="none"/>',
  no: '<circle cx="8" cy="8" r="6.25"/><path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"/>',
  skip: '<circle cx="8" cy="8" r="6.25" stroke-dasharray="2.2 2.2"/>',
  lock: '<rect x="3.2" y="7" width="9.6" height="6.8" rx="1"/><path d="M5.3 7V5a2.7 2.7 0 0 1 5.4 0v2"/>',
  person: '<circle cx="8" cy="5.2" r="2.9"/><path d="M2.6 14c.6-3 2.7-4.5 5.4-4.5s4.8 1.5 5.4 4.5"/>',
  hidden: '<path d="M2 8c1.5-2.7 3.5-4 6-4s4.5 1.3 6 4c-1.5 2.7-3.5 4-6 4s-4.5-1.3-6-4zM3 13L13 3"/>',
  next: '<path d="M6 3.5L10.5 8 6 12.5"/>',
  open: '<path d="M3.5 6L8 10.5 12.5 6"/>',
  back: '<path d="M10 3.5L5.5 8l4.5 4.5"/>',
  search: '<circle cx="7" cy="7" r="4.5"/><path d="M10.4 10.4L14 14"/>',
  refresh: '<path d="M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3"/>',
  more: '<path d="M8 3.5v.05M8 8v.05M8 12.5v.05" stroke-width="2.2"/>',
  close: '<path d="M4 4l8 8M12 4l-8 8"/>',
  calendar:
    '<rect x="2.5" y="3.5" width="11" height="10" rx="1"/><path d="M2.5 6.7h11M5.5 2v2.8M10.5 2v2.8"/>',
  check: '<path d="M2.8 8.6l3.4 3.4 7-8"/>',
  handin: '<path d="M14 2.2L1.8 7l4.7 2.1zM14 2.2L9.2 14 6.5 9.1zM14 2.2L6.5 9.1"/>',
  hint: '<path d="M5.8 11c0-1.4-2-2.3-2-4.9a4.2 4.2 0 0 1 8.4 0c0 2.6-2 3.5-2 4.9zM6.3 13.7h3.4"/>',
  reset: '<path d="M3 8a5 5 0 1 0 1.6-3.7M3 2v3h3"/>',
  stop: '<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor"/>',
  copy: '<rect x="5.5" y="5.5" width="8" height="8" rx="1"/><path d="M10.5 5.5v-3h-8v8h3"/>',
  book: '<path d="M8 4c-1.5-1.3-3.5-1.6-6-1.5v9.7c2.5-.1 4.5.2 6 1.5 1.5-1.3 3.5-1.6 6-1.5V2.5C11.5 2.4 9.5 2.7 8 4zM8 4v9.7"/>',
  download: '<path d="M8 2v8M4.7 7L8 10.3 11.3 7M2.5 13.5h11"/>',
  info: '<circle cx="8" cy="8" r="6.25"/><path d="M8 7.3v3.9M8 4.8v.05"/>',
  offline:
    '<path d="M2 5.5a9 9 0 0 1 3-1.8M14 5.5A9 9 0 0 0 8.5 3M4.5 8.5a5 5 0 0 1 3-1.3M8 12v.05M2.5 2l11 12"/>',
  play: '<path d="M4.5 3l8 5-8 5z" fill="currentColor"/>',
  class: '<path d="M2 13.5h12M4 11V8M8 11V3.5M12 11V6"/>',
  plus: '<path d="M8 3v10M3 8h10"/>',
  down: '<path d="M3.5 6L8 10.5 12.5 6"/>',
  chat: '<path d="M2 3h12v8.5H7.500L4.5 14v-2.5H2zM5 6h6M5 8.5h4"/>',
  helped:
    '<path d="M5 7.2L7.7 2c1 0 1.6.7 1.6 1.7v2.6h3.4c.8 0 1.3.7 1.1 1.5l-1 4.7c-.1.6-.6 1-1.2 1H5zM5 7.2H2.3v6.3H5"/>',
  unhelped:
    '<path d="M5 8.8L7.7 14c1 0 1.6-.7 1.6-1.7V9.7h3.4c.8 0 1.3-.7 1.1-1.5l-1-4.7c-.1-.6-.6-1-1.2-1H5zM5 8.8H2.3V2.5H5"/>',
  insert: '<path d="M2.5 2.5h11v4h-11zM8 9v5M5.5 11.5h5"/>',
  halt: '<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor"/>',
  send: '<path d="M8 13.5V3M3.8 7L8 2.8 12.2 7"/>',
  aim: '<circle cx="8" cy="8" r="4.75"/><path d="M8 1.2v3.6M8 11.2v3.6M1.2 8h3.6M11.2 8h3.6"/>',
  program: '<rect x="1.8" y="3" width="12.4" height="10" rx="1"/><path d="M4.3 6l2.2 2-2.2 2M8.3 10.3h3.2"/>',
  choice: '<circle cx="8" cy="8" r="6"/><circle cx="8" cy="8" r="2.6" fill="currentColor" stroke="none"/>',
  fill: '<path d="M4.5 3h-2v10h2M11.5 3h2v10h-2M5.8 10.3h4.4"/>',
  order: '<path d="M2 3.8h7M4.3 8h5.5M4.3 12.2h3.5M13 3v9.5M11 10.7l2 2 2-2"/>',
  predict:
    '<path d="M1.8 8c1.6-2.8 3.6-4.2 6.2-4.2s4.6 1.4 6.2 4.2c-1.6 2.8-3.6 4.2-6.2 4.2S3.4 10.8 1.8 8z"/><circle cx="8" cy="8" r="1.9"/>',
  debug:
    '<path d="M5.3 7a2.7 2.7 0 0 1 5.4 0v3.5a2.7 2.7 0 0 1-5.4 0zM5.3 8.7h-3M13.7 8.7h-3M5.4 6.5L3.2 4.7M10.6 6.5l2.2-1.8M5.5 11.2l-2.2 2M10.5 11.2l2.2 2M6.6 4.5l-.9-1.8M9.4 4.5l.9-1.8"/>',
  plot: '<path d="M2.5 2.5v11h11M5 10l2.7-3.5 2.3 2L13.5 4"/>',
  pen: '<path d="M2.8 13.2l.8-3.2L11 2.6 13.4 5 6 12.4zM9.5 4.1l2.4 2.4"/>',
  bonus: '<circle cx="8" cy="8" r="6.2"/><path d="M8 5.2v5.6M5.2 8h5.6"/>',
  grip: '<path d="M6 4v.05M10 4v.05M6 8v.05M10 8v.05M6 12v.05M10 12v.05" stroke-width="2.2"/>',
  flag: '<path d="M4 14.2V2.5h8.8l-2 3.3 2 3.4H4"/>',
  undo: '<path d="M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M6 3.5l-3 3 3 3"/>',
  spark: '<path d="M8 2l1.3 4.2L13.5 8l-4.2 1.5L8 14l-1.3-4.5L2.5 8l4.2-1.8z"/>'
} as const;

export type Shape = keyof typeof SHAPES;
