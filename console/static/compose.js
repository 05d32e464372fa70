"use strict";
// Writing an announcement: saved while one types, counted again after each save, shown at once.
(() => {
  const form = document.getElementById("soan");
  if (!form || !window.fetch) return;
  const csrf = document.querySelector("meta[name=csrf]").content;
  const said = document.getElementById("da-luu"), spoken = document.getElementById("noi");
  const WAIT = 1500;
  let timer = 0, changed = false, stopped = false, sending = false;
  let running = null;

  /** Only the fields of the way that is chosen. */
  function fitting() {
    const way = form.elements.way.value;
    for (const node of document.querySelectorAll("[data-ways]")) node.hidden = !node.dataset.ways.split(" ").includes(way);
  }

  /** Letters as Zalo counts them: UTF-16 units of composed text, with the line at the end. */
  function counted(area) {
    const long = area.value.trim().normalize("NFC").length + Number(area.dataset.footer), limit = Number(area.dataset.limit);
    const node = document.getElementById("d-" + area.name);
    const over = long > limit ? `, dài quá ${long - limit}` : "";
    node.textContent = `${long.toLocaleString("vi-VN")} / ${limit.toLocaleString("vi-VN")} ký tự, tính cả câu cuối${over}`;
    node.classList.toggle("too-long", long > limit);
  }

  function body() {
    const data = new FormData(form);
    // Files go up with a button, not again and again while somebody types.
    data.delete("picture");
    data.delete("file");
    return data;
  }

  function stop(words) {
    stopped = true;
    changed = true;
    said.textContent = words;
    said.classList.add("too-long");
  }

  async function save() {
    changed = false;
    said.textContent = "Đang lưu…";
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json", "X-CSRF": csrf }, body: body() });
    } catch {
      changed = true;
      said.textContent = "Mất mạng: chưa lưu, sẽ thử lại.";
      later(WAIT * 4);
      return;
    }
    if (answer.status === 401) return stop("Phiên làm việc đã hết: chép nội dung ra, đăng nhập lại.");
    if (answer.status === 409) return stop((await answer.json()).words + " Bấm «Lưu» để xem.");
    if (answer.status >= 500) {
      changed = true;
      said.textContent = "Máy chủ đang bận: chưa lưu, sẽ thử lại.";
      later(WAIT * 4);
      return;
    }
    if (!answer.ok) return stop("Chưa lưu được: bấm «Lưu» để xem lý do.");
    const told = await answer.json();
    form.elements.version.value = told.version;
    const wrong = Object.values(told.errors);
    said.textContent = wrong.length ? `Đã lưu ${told.saved}, trừ: ${wrong[0]}` : `Đã lưu ${told.saved}`;
    estimate().catch(() => { said.textContent += "; chưa tính lại được số người."; });
  }

  let asked = 0;
  async function estimate() {
    const mine = (asked += 1);
    const answer = await fetch(form.dataset.estimate, { headers: { Accept: "application/json", "X-CSRF": csrf } });
    if (!answer.ok) return;
    const told = await answer.json();
    // An older answer that comes late is not shown over a newer one.
    if (mine !== asked) return;
    for (const [id, text] of Object.entries(told.figures)) document.getElementById(id).textContent = text;
    for (const [way, text] of Object.entries(told.closed)) document.getElementById(`w-${way}-closed`).textContent = text;
    for (const [id, html] of [["uoc-tinh", told.estimate], ["xem-truoc", told.preview], ["van-de", told.problems]]) {
      const node = document.getElementById(id);
      // A link somebody stands on is not pulled away.
      if (!node.contains(document.activeElement) || node === document.activeElement) node.innerHTML = html;
    }
    if (spoken.textContent !== told.spoken) spoken.textContent = told.spoken;
  }

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (stopped || !changed) return;
      if (running) return later(WAIT);
      running = save().catch(() => { said.textContent = "Chưa lưu được, sẽ thử lại khi có thay đổi."; }).finally(() => { running = null; });
    }, wait);
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || ["find", "segment", "template", "template_id", "segment_name", "template_name"].includes(event.target.name)) return;
    if (event.target.dataset.limit) counted(event.target);
    if (event.target.name === "way") fitting();
    changed = true;
    later(WAIT);
  });

  // A press waits for a save that is on its way, or it would meet a newer version than its own.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    stopped = true;
    sending = true;
    if (!running) return;
    event.preventDefault();
    const pressed = event.submitter;
    running.finally(() => form.requestSubmit(pressed));
  });

  addEventListener("beforeunload", (event) => { if (changed && !sending) event.preventDefault(); });

  // Procedures are looked for while one types.
  const find = document.getElementById("o-find"), list = document.getElementById("thu-tuc"), hint = document.getElementById("g-find");
  let asking = 0;
  document.getElementById("nut-tim").hidden = true;
  function offer(rows) {
    for (const row of list.querySelectorAll(".form-check")) if (!row.querySelector("input").checked) row.remove();
    let added = 0;
    for (const one of rows) {
      if (list.querySelector(`input[value="${CSS.escape(one.code)}"]`)) continue;
      added += 1;
      const row = document.createElement("div"), input = document.createElement("input"), label = document.createElement("label");
      row.className = "form-check";
      Object.assign(input, { type: "checkbox", name: "procedures", value: one.code, id: `o-tt-${one.code}`, className: "form-check-input" });
      Object.assign(label, { htmlFor: input.id, className: "form-check-label", textContent: `${one.name} (${one.code})` });
      row.append(input, label);
      list.append(row);
    }
    hint.textContent = added ? `Thấy ${added} thủ tục: tích vào thủ tục cần chọn.` : "Không thấy thủ tục nào khác khớp.";
  }
  find.addEventListener("input", () => {
    clearTimeout(asking);
    asking = setTimeout(async () => {
      const text = find.value.trim();
      if (text.length < 2) return;
      const answer = await fetch(`${form.dataset.procedures}?q=${encodeURIComponent(text)}`);
      if (answer.ok && find.value.trim() === text) offer((await answer.json()).procedures);
    }, 200);
  });
  // Enter looks up, it does not send the page away.
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });

  for (const area of form.querySelectorAll("[data-limit]")) counted(area);
  document.getElementById("loi")?.focus();
})();
