// The chat itself: lines arrive live, what is under the thumb stays under the thumb.
import { el, icon, iconButton, date } from "./dom.js";
import { get, post } from "./net.js";
import { bubble } from "./bubble.js";
import { composer } from "./composer.js";

const BAR = [["tracuu", "Tra cứu hồ sơ"], ["phananh", "PA kiến nghị"], ["tintuc", "Tin tức"]];

export function chatScreen(phone, world) {
  const base = "people/" + phone.uid;
  const log = el("div", { class: "lines", role: "log", "aria-label": "Tin nhắn", "aria-live": "polite", tabindex: "0" });
  const notice = el("p", { class: "chat__notice", role: "status" });
  const shown = new Map();
  let messages = [];
  let rev = 0;
  let busy = false;
  let again = false;
  let alive = true;

  const said = (error) => {
    notice.textContent = error ? error.message || error : "";
    if (error) setTimeout(() => { notice.textContent = ""; }, 6000);
  };

  async function run(action, body) {
    try {
      return await post(base + "/" + action, body);
    } catch (error) {
      said(error);
      return null;
    }
  }

  const write = composer({
    run,
    said,
    afterSend: () => bottom(true),
    person: () => phone.person,
  });

  const tools = {
    find: (id) => messages.find((message) => message.id === id),
    press: async (message, index) => {
      const answer = await run("press", { message_id: message.id, index });
      if (answer?.sent) bottom(true);
    },
    react: (message, sign) => run("react", { message_id: message.id, icon: sign }),
    reply: (message) => write.quote(message),
    submit: (message, info) => post(base + "/submit_info", { message_id: message.id, ...info }),
    person: () => phone.person,
    oaName: world.oa.name,
    bottom: () => bottom(false),
  };

  /** Fetch what changed since the last look; one request at a time. */
  async function lines() {
    if (busy) { again = true; return; }
    busy = true;
    do {
      again = false;
      const path = base + "/chat?hidden=0&rev=" + rev;
      const answer = await get(path).catch(() => null);
      if (!answer || !alive) break;
      rev = answer.rev;
      merge(answer.messages);
    } while (again);
    busy = false;
  }

  function merge(fresh) {
    if (!fresh.length) return;
    const first = !messages.length;
    const wasDown = first || nearBottom();
    for (const message of fresh) {
      const at = messages.findIndex((known) => known.id === message.id);
      if (at >= 0) messages[at] = message;
      else messages.push(message);
    }
    messages.sort((a, b) => a.seq - b.seq);
    paint(fresh);
    if (wasDown) bottom(true);
  }

  function paint(fresh) {
    const changed = new Set(fresh.map((message) => message.id));
    let previous = null;
    let place = log.firstChild;
    for (const message of messages) {
      const newDay = !previous || date(previous.time) !== date(message.time);
      const joined = !newDay && previous.from === message.from && message.time - previous.time < 120000;
      const last = message === messages.at(-1);
      const key = [message.rev, newDay, joined, last].join();
      let known = shown.get(message.id);
      if (!known || changed.has(message.id) || known.key !== key) {
        const node = el("div", { class: "line" }, newDay ? el("p", { class: "day" }, el("span", {}, date(message.time) === date(world.now) ? "Hôm nay" : date(message.time))) : null, bubble(message, { joined, last }, tools));
        if (known) {
          if (place === known.node) place = node;
          known.node.replaceWith(node);
        }
        known = { node, key };
        shown.set(message.id, known);
      }
      if (known.node === place) place = place.nextSibling;
      else log.insertBefore(known.node, place);
      previous = message;
    }
  }

  // A panel or keyboard that opens must not hide the newest lines.
  let stuck = true;
  log.addEventListener("scroll", () => { stuck = nearBottom(); }, { passive: true });
  const watcher = new ResizeObserver(() => { if (stuck) log.scrollTop = log.scrollHeight; });
  watcher.observe(log);
  const nearBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 160;
  function bottom(force) {
    if (force || nearBottom()) requestAnimationFrame(() => { log.scrollTop = log.scrollHeight; });
  }

  /** What stands between this person and the OA: a block, or that they do not follow it. */
  function standing() {
    const person = phone.person;
    write.node.inert = Boolean(person?.blocked);
    banner.hidden = !person || (person.follower && !person.blocked);
    const [text, label, action] = person?.blocked
      ? ["Bạn đang chặn OA này. Bỏ chặn để nhắn tin.", "Bỏ chặn", "unblock"]
      : ["Quan tâm OA này để nhận thông báo.", "Quan tâm", "follow"];
    const act = async () => {
      const answer = await run(action);
      if (answer) { Object.assign(person, answer.person); standing(); }
    };
    banner.replaceChildren(text + " ", el("button", { type: "button", onclick: act }, label));
  }
  const banner = el("p", { class: "chat__banner", hidden: true });

  const bar = el(
    "nav",
    { class: "oa-menu", "aria-label": "Menu của OA" },
    ...BAR.map(([name, title]) => el("button", { type: "button", onclick: () => useMenu(name) }, title)),
  );
  async function useMenu(name) {
    if (await run("press", { payload: world.menu[name] })) bottom(true);
  }

  const node = el(
    "div",
    { class: "screen chat" },
    el(
      "header",
      { class: "top" },
      iconButton("back", "Quay lại danh sách", () => phone.show("home", true)),
      el("button", { type: "button", class: "top__oa", onclick: () => phone.show("profile", true) }, el("h2", { tabindex: "-1" }, world.oa.name), el("span", {}, "Tài khoản OA ", icon("verified"))),
      iconButton("menu", "Menu chính", () => useMenu("menu")),
    ),
    log,
    notice,
    banner,
    bar,
    write.node,
  );
  node.addEventListener("dragover", (event) => { event.preventDefault(); node.classList.add("dropping"); });
  node.addEventListener("dragleave", (event) => { if (!node.contains(event.relatedTarget)) node.classList.remove("dropping"); });
  node.addEventListener("drop", (event) => {
    event.preventDefault();
    node.classList.remove("dropping");
    write.add(event.dataTransfer.files);
  });

  return {
    node,
    lines,
    refresh: (change) => {
      standing();
      if (change?.kind === "reset") { messages = []; rev = 0; shown.clear(); log.replaceChildren(); }
      lines();
    },
    enter: () => {
      lines();
      standing();
      post(base + "/open", { on: !document.hidden }).catch(() => {});
    },
    leave: () => {
      alive = false;
      watcher.disconnect();
      post(base + "/open", { on: false }).catch(() => {});
    },
  };
}
