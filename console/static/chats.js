"use strict";
// Conversations: new lines without reloading, sending without leaving the page, lists that renew.
(() => {
  const EVERY = 2000, LISTS_EVERY = 5000;
  const csrf = document.querySelector("meta[name=csrf]").content;
  const title = document.title;
  let lastInput = Date.now(), unread = 0;
  for (const kind of ["keydown", "pointerdown", "scroll"]) addEventListener(kind, () => { lastInput = Date.now(); }, { passive: true, capture: true });

  for (const node of document.querySelectorAll("[data-plain]")) node.hidden = true;

  function headers() {
    const made = { Accept: "application/json", "X-CSRF": csrf };
    // Nobody touched the page for a while: the session may end.
    if (Date.now() - lastInput > 60000) made["X-Background"] = "1";
    return made;
  }

  /** Ask again and again while the page is visible; `ask` answers false to stop. */
  function repeat(ask, every) {
    let timer = 0, busy = false, stopped = false;
    async function turn() {
      clearTimeout(timer);
      if (busy || stopped || document.hidden) return;
      busy = true;
      let slow = 1;
      try { stopped = (await ask()) === false; } catch { slow = 5; }
      busy = false;
      if (!stopped && !document.hidden) timer = setTimeout(turn, every * slow);
    }
    document.addEventListener("visibilitychange", turn);
    timer = setTimeout(turn, every);
    return turn;
  }

  function badge(count) {
    for (const node of document.querySelectorAll("[data-badge='console.chat_list']")) {
      node.firstChild.textContent = count;
      node.hidden = !count;
    }
  }

  function counted() {
    document.title = unread ? "(" + unread + ") " + title : title;
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { unread = 0; counted(); } });
  addEventListener("focus", () => { unread = 0; counted(); });

  // The lists
  const lists = document.querySelector("[data-lists]");
  if (lists) {
    let shown = "", before = 0;
    repeat(async () => {
      const answer = await fetch(lists.dataset.lists, { headers: headers() });
      if (answer.status === 401 || answer.status === 409) { location.reload(); return false; }
      if (!answer.ok) throw new Error("list");
      const news = await answer.json();
      badge(news.waiting);
      document.title = news.waiting ? "(" + news.waiting + ") " + title : title;
      if (news.html !== shown && (shown || news.waiting !== before)) {
        const focused = lists.contains(document.activeElement) ? document.activeElement.id : "";
        lists.innerHTML = news.html;
        if (focused) document.getElementById(focused)?.focus();
      }
      shown = news.html; before = news.waiting;
    }, LISTS_EVERY);
  }

  // One chat
  const lines = document.querySelector("[data-news]");
  const log = document.querySelector("[data-chat]");
  if (log) log.scrollTop = log.scrollHeight;
  let now = () => {};
  if (lines) {
    const spoken = document.querySelector("[data-spoken]"), windowLine = document.querySelector("[data-window]");
    const standing = document.querySelector("[data-standing]"), changed = document.querySelector("[data-changed]");
    now = repeat(async () => {
      const answer = await fetch(lines.dataset.news + "?tu=" + encodeURIComponent(lines.dataset.place), { headers: headers() });
      if ([401, 404, 409].includes(answer.status)) {
        if (answer.status === 401) changed.firstChild.textContent = "Phiên làm việc đã hết, xin đăng nhập lại. ";
        changed.hidden = false;
        return false;
      }
      if (!answer.ok) throw new Error("news");
      const news = await answer.json();
      lines.dataset.place = news.place;
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
      const heard = [];
      for (const line of news.lines) {
        if (lines.querySelector("[data-line='" + line.key + "']")) continue;
        lines.insertAdjacentHTML("beforeend", line.html);
        if (line.side === "citizen") { heard.push(line.spoken); if (document.hidden || !document.hasFocus()) unread += 1; }
      }
      if (heard.length) {
        document.querySelector("[data-none]")?.remove();
        spoken.textContent = "Công dân vừa nhắn. " + heard.join(". ");
        counted();
      }
      if (news.lines.length && atEnd) log.scrollTop = log.scrollHeight;
      for (const [key, [words, wrong]] of Object.entries(news.fates)) {
        const node = lines.querySelector("[data-line='" + key + "'] [data-fate]");
        if (node && node.textContent !== words) { node.textContent = words; node.classList.toggle("line__fate--wrong", wrong); }
      }
      if (windowLine) {
        windowLine.textContent = news.window.words;
        windowLine.classList.toggle("chat__window--closed", !news.window.open);
        windowLine.classList.toggle("chat__window--paid", news.window.open && !news.window.free);
      }
      if (news.standing.kind === standing.dataset.standing) standing.textContent = news.standing.words;
      else changed.hidden = false;
      badge(news.waiting);
    }, EVERY);
  }

  // Photos are loaded only when somebody wants to see them, and through our server.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-photo]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const image = new Image();
    image.alt = "Ảnh trong cuộc trò chuyện";
    image.className = "line__photo";
    image.addEventListener("load", () => { link.replaceWith(image); });
    image.addEventListener("error", () => { link.textContent = "Không tải được ảnh. Bấm để thử lại."; });
    link.textContent = "Đang tải ảnh…";
    image.src = link.href;
  });

  // Answering
  const form = document.querySelector("[data-send]");
  if (!form) return;
  const box = form.elements.text, count = form.querySelector("[data-count]"), problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button");
  form.querySelector("[data-hint]").hidden = false;
  const canned = form.querySelector("[data-canned]");
  if (canned) {
    canned.hidden = false;
    const select = canned.querySelector("select");
    select.addEventListener("change", () => {
      if (!select.value) return;
      box.setRangeText(select.value, box.selectionStart, box.selectionEnd, "end");
      select.selectedIndex = 0;
      box.focus();
      counting();
    });
  }
  function counting() {
    count.textContent = "Còn " + (box.maxLength - box.value.length) + " trong " + box.maxLength + " ký tự.";
  }
  box.addEventListener("input", counting);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  function freshKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    button.setAttribute("aria-disabled", "true");
    problem.textContent = "";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: headers() });
      const told = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
      if (answer.ok) {
        box.value = "";
        form.elements.key.value = freshKey();
        counting();
        log.scrollTop = log.scrollHeight;
        const standing = document.querySelector("[data-standing]");
        if (standing && standing.dataset.standing !== "mine") { location.reload(); return; }
        now();
      } else if (answer.status === 401) {
        problem.textContent = "Phiên làm việc đã hết. Xin sao chép nội dung, đăng nhập lại rồi gửi.";
      } else {
        problem.textContent = told.problem || "Chưa gửi được. Xin thử lại.";
      }
    } catch {
      // The same key goes again: a message that did arrive is not sent a second time.
      problem.textContent = "Mất kết nối, chưa rõ đã gửi chưa. Bấm Gửi lần nữa: tin chỉ gửi một lần.";
    }
    delete form.dataset.busy;
    button.removeAttribute("aria-disabled");
    box.focus();
  });
  counting();
})();
