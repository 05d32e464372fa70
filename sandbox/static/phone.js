// The page: one or two phones side by side, one stream of changes for all of them.
import { el, hour } from "./dom.js";
import { get, post, farewell, live } from "./net.js";
import { peopleScreen, homeScreen } from "./screens.js";
import { profileScreen } from "./profile.js";
import { chatScreen } from "./chat.js";

const SCREENS = { people: peopleScreen, home: homeScreen, profile: profileScreen, chat: chatScreen };
const page = document.body.dataset;

/** What every screen may know. */
export const world = {
  people: [],
  now: Date.now(),
  oa: { name: page.oaName, category: page.oaCategory, address: page.oaAddress, description: page.oaDescription },
  menu: JSON.parse(page.menu),
  onestop: Boolean(page.onestop),
};
let clockGap = 0;

/** One simulated phone: whose it is and which screen it shows. */
class Phone {
  constructor(uid) {
    this.uid = uid || "";
    this.body = el("div", { class: "phone__body" });
    this.time = el("span", {}, "");
    this.banner = el("div", { class: "banner", role: "status", hidden: true });
    this.node = el(
      "section",
      { class: "phone", "aria-label": "Điện thoại" },
      el("div", { class: "phone__status", "aria-hidden": "true" }, this.time, el("span", { class: "phone__notch" }), el("span", {}, "4G ▮")),
      this.banner,
      this.body,
    );
    this.lastSeen = new Map();
    this.show(this.person ? "home" : "people");
  }

  get person() {
    return world.people.find((person) => person.id === this.uid);
  }

  show(name, focus = false) {
    this.screen?.leave?.();
    this.name = name;
    this.screen = SCREENS[name](this, world);
    this.body.replaceChildren(this.screen.node);
    this.screen.enter?.();
    if (focus) this.screen.node.querySelector("h2, [data-first]")?.focus();
  }

  choose(uid) {
    this.uid = uid;
    remember();
    this.show("home", true);
  }

  refresh(change) {
    const unread = this.person?.last_message;
    if (unread && unread.from === "oa" && this.lastSeen.get(this.uid) !== unread.id) {
      const first = !this.lastSeen.has(this.uid);
      this.lastSeen.set(this.uid, unread.id);
      if (!first && this.name !== "chat") this.announce(unread);
    } else if (this.uid && !this.lastSeen.has(this.uid)) this.lastSeen.set(this.uid, unread?.id || "");
    if (this.uid && !this.person) return this.show("people");
    this.screen.refresh?.(change);
  }

  announce(message) {
    const text = message.text || "Bạn có tin nhắn mới";
    const open = el(
      "button",
      { type: "button", onclick: () => { this.banner.hidden = true; this.show("chat", true); } },
      el("img", { src: "/static/oa.svg", alt: "", width: 36, height: 36 }),
      el("span", {}, el("strong", {}, world.oa.name), el("span", { class: "banner__text" }, text)),
    );
    this.banner.replaceChildren(open);
    this.banner.hidden = false;
    clearTimeout(this.bannerTimer);
    this.bannerTimer = setTimeout(() => { this.banner.hidden = true; }, 6000);
  }
}

const stage = document.getElementById("stage");
const phones = [];

function remember() {
  history.replaceState(null, "", "#" + phones.map((phone) => phone.uid).join(","));
}

function addPhone(uid) {
  const phone = new Phone(uid);
  phones.push(phone);
  stage.append(phone.node);
  stage.classList.toggle("stage--two", phones.length > 1);
  if (phones.length > 1) {
    const close = el("button", { type: "button", class: "phone__remove", onclick: () => removePhone(phone) }, "Bỏ máy này");
    phone.node.append(close);
  }
  remember();
  tick();
  return phone;
}

function removePhone(phone) {
  phone.screen?.leave?.();
  phone.node.remove();
  phones.splice(phones.indexOf(phone), 1);
  stage.classList.toggle("stage--two", phones.length > 1);
  document.getElementById("add-phone").focus();
  remember();
}

async function load(change) {
  const seen = await get("people").catch(() => null);
  if (!seen) return;
  world.people = seen.people;
  clockGap = seen.time - Date.now();
  tick();
  const unread = world.people.reduce((sum, person) => sum + person.unread, 0);
  document.title = (unread ? "(" + unread + ") " : "") + "Zalo giả lập";
  for (const phone of phones) phone.refresh(change);
}

function tick() {
  world.now = Date.now() + clockGap;
  for (const phone of phones) phone.time.textContent = hour(world.now);
}

let waiting = null;
function onChange(change) {
  // Chat lines go straight to the open chat; lists may wait for the burst to end.
  if (change.kind === "chat") for (const phone of phones) if (phone.uid === change.subject) phone.screen.lines?.();
  if (["call", "webhook", "faults", "settings", "tokens"].includes(change.kind)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => load(change), 60);
}

await load({ kind: "all" });
const wanted = location.hash.slice(1).split(",").filter((uid) => world.people.some((person) => person.id === uid));
addPhone(wanted[0] || (world.people.length === 1 ? world.people[0].id : ""));
if (wanted[1] && innerWidth >= 1000) addPhone(wanted[1]);
const addButton = document.getElementById("add-phone");
addButton.addEventListener("click", () => {
  if (phones.length < 3) addPhone("").node.scrollIntoView({ inline: "end" });
});
// Off in the page as delivered: a press before this line would have been lost.
addButton.disabled = false;
tick();
setInterval(tick, 5000);
live(onChange, (up) => document.body.classList.toggle("offline", !up));
addEventListener("pagehide", () => {
  for (const phone of phones) if (phone.name === "chat") farewell("people/" + phone.uid + "/open", { on: false });
});
document.addEventListener("visibilitychange", () => {
  for (const phone of phones) {
    if (phone.name === "chat") post("people/" + phone.uid + "/open", { on: !document.hidden }).catch(() => {});
  }
});
