// The list of dossiers: "/" goes to the search box, one box ticks the whole page.
"use strict";
(() => {
  const box = document.getElementById("o-q");
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest("input, textarea, select");
    if (event.key === "/" && !busy && box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
  const all = document.getElementById("chon-het");
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      document.querySelectorAll('#chon-ho-so input[name="ids"]').forEach((one) => {
        one.checked = all.checked;
      });
    });
  }
})();
