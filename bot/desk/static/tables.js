// Tables whose rows are cards on a phone: every cell knows its heading.

export function labelCells(table) {
  const headings = [...table.tHead.rows[0].cells].map((cell) => (cell.querySelector(".unseen") ? "" : cell.textContent));
  for (const row of table.tBodies[0].rows) {
    [...row.cells].forEach((cell, at) => headings[at] && (cell.dataset.label = headings[at]));
  }
}
