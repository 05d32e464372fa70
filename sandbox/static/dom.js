// Small ways to build the page; text from outside only ever becomes text nodes.

/** Make an element: props are attributes, `on…` are listeners, children may be strings. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list" && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite in the page. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}

/** A round button that shows only an icon and says `label`. */
export function iconButton(name, label, onclick, extra = {}) {
  const kind = "icon-button " + (extra.class || "");
  return el("button", { type: "button", title: label, "aria-label": label, onclick, ...extra, class: kind }, icon(name));
}

const zone = { timeZone: "Asia/Ho_Chi_Minh" };
const clock = new Intl.DateTimeFormat("vi-VN", { ...zone, hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat("vi-VN", { ...zone, day: "2-digit", month: "2-digit", year: "numeric" });
const full = new Intl.DateTimeFormat("vi-VN", { ...zone, day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

export const hour = (ms) => clock.format(ms);
export const date = (ms) => day.format(ms);
export const moment = (ms) => full.format(ms);

/** Today's messages by the hour, older ones by the day. */
export function shortTime(ms, now) {
  return date(ms) === date(now) ? hour(ms) : date(ms).slice(0, 5);
}

/** Text with its web addresses as links. */
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"']+)/).map((part, position) => {
    if (position % 2 === 0) return part;
    const tail = part.match(/[.,;:!?)]+$/)?.[0] || "";
    const href = part.slice(0, part.length - tail.length);
    const span = el("span", {}, el("a", { href, target: "_blank", rel: "noopener noreferrer" }, href), tail);
    return span;
  });
}

/** Files of this server under whatever name the page was opened. */
export function here(address) {
  try {
    const url = new URL(address, location.href);
    return url.pathname.startsWith("/media/") || url.pathname.startsWith("/static/") ? url.pathname : null;
  } catch {
    return null;
  }
}

/** Lower case without Vietnamese marks, for searching. */
export function folded(text) {
  return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replaceAll("đ", "d");
}

/** Bytes for people. */
export function size(bytes) {
  const number = Number(bytes) || 0;
  if (number < 1024) return number + " B";
  if (number < 1048576) return (number / 1024).toFixed(1).replace(".", ",") + " KB";
  return (number / 1048576).toFixed(1).replace(".", ",") + " MB";
}
