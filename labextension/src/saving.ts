/** Saves a file through the browser's own download. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/** Saves a table as a spreadsheet reads it; what one would run as a formula gets a ' before it. */
export function saveTable(rows: string[][], name: string): void {
  const cell = (text: string) => `"${text.replace(/^(?=[=+\-@\t\r\n])/, "'").replaceAll('"', '""')}"`;
  const lines = rows.map(row => `${row.map(cell).join(',')}\r\n`);
  saveFile(new Blob(lines, { type: 'text/csv' }), name);
}
