// The numbers of a sending renew themselves; when its state changes, the whole page does.
"use strict";
(() => {
  const box = document.querySelector("[data-progress]");
  if (!box) return;
  const EVERY = 2000, ALOUD = 15000;
  const part = (id) => document.getElementById(id);
  let spoken = 0, reasons = "";

  function show(told) {
    for (const node of box.querySelectorAll("[data-number]")) node.textContent = told.numbers[node.dataset.number];
    const bar = part("thanh");
    if (bar) {
      bar.max = told.total || 1;
      bar.value = told.done;
      part("tom-tat").textContent = told.said;
      part("con-lai").textContent = told.time;
      part("con-lai").hidden = !told.time;
      if (told.reasons !== reasons) part("ly-do").innerHTML = reasons = told.reasons;
      // Read aloud now and then, not with every step of the bar.
      if (Date.now() - spoken > ALOUD) {
        part("doc-len").textContent = told.said;
        spoken = Date.now();
      }
    }
    warn("");
  }

  function warn(words) {
    const line = part("mat-mang");
    line.textContent = words;
    line.hidden = !words;
  }

  async function look() {
    try {
      // Nobody has to touch the page for this: it does not keep the session alive.
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json", "X-Background": "1" } });
      if (answer.status === 401) return warn("Phiên làm việc đã hết. Tải lại trang để đăng nhập; việc gửi vẫn tiếp tục.");
      if (!answer.ok) throw new Error("progress");
      const told = await answer.json();
      if (told.state !== box.dataset.state) return location.reload();
      show(told);
    } catch {
      warn("Chưa lấy được số mới: đang thử lại. Việc gửi không bị ảnh hưởng.");
    }
    setTimeout(look, EVERY);
  }
  setTimeout(look, EVERY);
})();
