// The bar of an import moves by itself; at the end the page shows the result.
"use strict";
(() => {
  const box = document.getElementById("tien-do");
  if (!box) return;
  const bar = document.getElementById("thanh");
  const rows = document.getElementById("so-dong");
  const state = document.getElementById("tinh-trang");
  async function look() {
    try {
      const answer = await fetch(box.dataset.address);
      if (answer.ok) {
        const told = await answer.json();
        if (told.state !== "queued" && told.state !== "running") return location.reload();
        state.textContent = told.words;
        bar.max = told.total || 1;
        bar.value = told.done;
        rows.textContent = `${told.done}/${told.total || "…"}`;
      }
    } catch {
      // The network was away: the next look comes.
    }
    setTimeout(look, 1500);
  }
  setTimeout(look, 1000);
})();
