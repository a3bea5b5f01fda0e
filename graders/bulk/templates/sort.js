"use strict";
// Sorts a table by the column whose heading is clicked. It reads the page and changes its order alone.
document.addEventListener("click", (event) => {
  const button = event.target.closest("th button");
  if (!button) return;
  const heading = button.closest("th"), body = button.closest("table").tBodies[0];
  const up = heading.ariaSort !== "ascending";
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.ariaSort = up ? "ascending" : "descending";
  const value = (row) => row.cells[heading.cellIndex].textContent.trim();
  const order = (a, b) => value(a).localeCompare(value(b), undefined, { numeric: true });
  [...body.rows].sort((a, b) => up ? order(a, b) : order(b, a)).forEach((row) => body.append(row));
});
