// Shows the first code a pattern makes while it is typed; the page works without it.
"use strict";
(() => {
  const pattern = document.getElementById("o-code_pattern");
  const unit = document.getElementById("o-code");
  const shown = document.getElementById("vi-du");
  if (!pattern || !unit || !shown) return;
  let waiting = 0;
  const ask = async () => {
    const query = new URLSearchParams({ pattern: pattern.value || pattern.placeholder, unit: unit.value });
    try {
      const answer = await fetch(`${pattern.dataset.example}?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const told = await answer.json();
      if (told.problem) {
        shown.textContent = told.problem;
        return;
      }
      const code = document.createElement("strong");
      code.className = "mono";
      code.textContent = told.example;
      shown.replaceChildren("Mã đầu tiên của hôm nay: ", code);
    } catch {
      // Without an answer the last example stays; saving checks the pattern again.
    }
  };
  for (const input of [pattern, unit]) {
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, 250);
    });
  }
})();
