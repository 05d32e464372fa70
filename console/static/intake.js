// Taking in a dossier: procedures and the phone are asked about while the clerk types.
"use strict";
(() => {
  const form = document.getElementById("tiep-nhan");
  if (!form || !window.fetch) return;
  const $ = (id) => document.getElementById(id);
  const words = $("o-procedure_words");
  const list = $("ds-thu-tuc");
  const told = $("g-procedure");
  const due = $("o-promised");
  const phone = $("o-phone");
  const phoneTold = $("g-phone");
  const csrf = document.querySelector('meta[name="csrf"]').content;
  let chosen = $("o-procedure");
  let rows = [];
  let at = -1;
  let dueByHand = false;

  $("nut-tim").hidden = true;
  words.setAttribute("role", "combobox");
  words.setAttribute("aria-controls", list.id);
  words.setAttribute("aria-expanded", "false");
  words.setAttribute("aria-autocomplete", "list");

  function later(work, milliseconds) {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(work, milliseconds);
    };
  }

  function hidden() {
    if (!chosen) {
      const box = $("ket-qua");
      if (box) box.remove();
      chosen = document.createElement("input");
      chosen.type = "hidden";
      chosen.name = "procedure";
      form.append(chosen);
    }
    return chosen;
  }

  function close() {
    list.hidden = true;
    at = -1;
    words.setAttribute("aria-expanded", "false");
    words.removeAttribute("aria-activedescendant");
  }

  function mark(next) {
    at = (next + rows.length) % rows.length;
    [...list.children].forEach((item, number) => {
      item.setAttribute("aria-selected", String(number === at));
    });
    words.setAttribute("aria-activedescendant", `tt-${at}`);
    list.children[at].scrollIntoView({ block: "nearest" });
  }

  function choose(number) {
    const row = rows[number];
    hidden().value = row.key;
    words.value = row.name;
    told.textContent = `${row.code || "chưa có mã"} · ${row.field} · thời hạn: ${row.limit}`;
    if (!dueByHand) due.value = row.due;
    close();
  }

  function show(found) {
    rows = found;
    list.replaceChildren(
      ...rows.map((row, number) => {
        const item = document.createElement("li");
        item.id = `tt-${number}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.textContent = `${row.name}${row.code ? ` (${row.code})` : ""}`;
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          choose(number);
        });
        return item;
      }),
    );
    list.hidden = rows.length === 0;
    words.setAttribute("aria-expanded", String(rows.length > 0));
    at = -1;
    if (!rows.length) told.textContent = "Không thấy thủ tục nào: thử từ khác, hoặc mã thủ tục.";
  }

  async function ask() {
    const text = words.value.trim();
    if (text.length < 2) return close();
    const answer = await fetch(`${form.dataset.procedures}?q=${encodeURIComponent(text)}`);
    if (!answer.ok) return;
    const found = await answer.json();
    if (words.value.trim() === text) show(found.procedures);
  }

  const asking = later(ask, 150);
  words.addEventListener("input", () => {
    hidden().value = "";
    told.textContent = "Chưa chọn thủ tục.";
    asking();
  });
  words.addEventListener("blur", close);
  words.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter") choose(Math.max(at, 0));
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  due.addEventListener("input", () => {
    dueByHand = due.value !== "";
  });

  async function check() {
    const text = phone.value.trim();
    if (text.replace(/\D/g, "").length < 9) {
      phoneTold.textContent = "";
      return;
    }
    const body = new URLSearchParams({ phone: text });
    const answer = await fetch(form.dataset.phone, {
      method: "POST",
      headers: { "X-CSRF": csrf },
      body,
    });
    if (!answer.ok || phone.value.trim() !== text) return;
    const said = await answer.json();
    phoneTold.textContent = said.words;
    phoneTold.className = `form-text ${said.good ? "note-ok" : "note-warn"}`;
    if (said.mended) phone.value = said.mended;
  }

  phone.addEventListener("input", later(check, 300));
  phone.addEventListener("blur", check);
  form.addEventListener("submit", () => {
    // A second press while the first is on its way would only confuse.
    setTimeout(() => form.querySelectorAll("button").forEach((one) => { one.disabled = true; }), 0);
  });
})();
