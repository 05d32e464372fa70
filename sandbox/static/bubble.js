// One line of the chat, whatever its kind.
import { el, icon, iconButton, hour, linked, here, size } from "./dom.js";
import { infoForm, picture } from "./dialogs.js";

const ICONS = [["/-heart", "❤️", "Yêu thích"], ["/-strong", "👍", "Đồng ý"], [":>", "😄", "Vui"], [":o", "😮", "Ngạc nhiên"], [":-((", "😢", "Buồn"]];
const FACES = new Map(ICONS.map(([code, face]) => [code, face]));

/** The node of one message; `tools` are what it may do. */
export function bubble(message, place, tools) {
  if (message.from === "notice") return el("p", { class: "note" }, message.text);
  const mine = message.from === "user";
  const bare = message.kind === "sticker";
  const box = el("div", { class: "bubble bubble--" + message.kind + (bare ? " bubble--bare" : "") });
  if (message.quote_id) box.append(quoted(tools.find(message.quote_id), tools));
  box.append(...content(message, tools));
  if (message.buttons.length) box.append(buttons(message, tools));
  const foot = el("p", { class: "foot" }, el("time", {}, hour(message.time)));
  if (mine && place.last) foot.append(" · ", message.received ? "Đã nhận" : "Đã gửi");
  if (message.admin_id) foot.append(" · Cán bộ trả lời");
  box.append(foot);
  const signs = Object.values(message.reactions);
  if (signs.length) box.append(el("span", { class: "signs" }, signs.map((sign) => FACES.get(sign) || sign).join(" ")));
  return el(
    "div",
    { class: "message message--" + (mine ? "mine" : "oa") + (place.joined ? " message--joined" : "") },
    mine ? null : el("img", { class: "message__face", src: "/static/oa.svg", alt: "", width: 32, height: 32 }),
    el("span", { class: "hidden" }, mine ? "Bạn: " : tools.oaName + ": "),
    box,
    actions(message, tools),
  );
}

function content(message, tools) {
  const words = message.text ? [el("p", { class: "words" }, ...linked(message.text))] : [];
  const detail = message.content;
  switch (message.kind) {
    case "image":
    case "gif": {
      const source = here(detail.url) || "/picture/" + message.id + "/0";
      const shown = el("img", { src: source, alt: message.text || "Hình ảnh", loading: "lazy", onload: tools.bottom });
      const opener = el("button", { type: "button", class: "photo", "aria-label": "Xem ảnh lớn", onclick: () => picture(source) }, shown);
      shown.addEventListener("error", () => opener.replaceWith(el("p", { class: "words" }, "Không tải được ảnh: ", ...linked(String(detail.url)))));
      return [opener, ...words];
    }
    case "file":
      return [file(detail)];
    case "sticker":
      return [el("img", { class: "sticker", src: here(detail.url), alt: "Nhãn dán", width: 120, height: 120 })];
    case "location":
      return [el("p", { class: "place" }, icon("pin"), el("span", {}, el("strong", {}, "Vị trí đã chia sẻ"), detail.latitude + ", " + detail.longitude))];
    case "business_card":
      return [el("p", { class: "place" }, icon("card"), el("span", {}, el("strong", {}, detail.name), "0" + detail.phone.slice(2)))];
    case "form":
      return form(message, tools);
    case "template":
      return [el("div", { class: "template" }, el("p", { class: "template__from" }, el("img", { src: "/static/oa.svg", alt: "", width: 24, height: 24 }), tools.oaName), el("strong", {}, detail.title), ...words)];
    case "list":
      return [...words, el("ul", { class: "elements" }, ...detail.elements.map((element, at) => listElement(message, element, at, tools)))];
    case "article":
      return [el("ul", { class: "elements articles" }, ...detail.elements.map((element, at) => article(message, element, at, tools)))];
    default:
      return words;
  }
}

function file(detail) {
  const kind = (detail.type || "tệp").toUpperCase();
  const href = here(detail.url);
  return el(
    "a",
    { class: "file", href, target: "_blank", rel: "noopener" },
    el("span", { class: "file__kind file__kind--" + (detail.type || "x"), "aria-hidden": "true" }, kind.slice(0, 4)),
    el("span", { class: "file__name" }, el("strong", {}, detail.name), el("span", {}, kind + " · " + size(detail.size))),
  );
}

function form(message, tools) {
  const detail = message.content;
  const image = el("img", { class: "card__image", src: "/picture/" + message.id + "/0", alt: "", onload: tools.bottom });
  image.addEventListener("error", () => image.remove());
  const open = detail.submitted
    ? el("p", { class: "done" }, icon("check"), "Bạn đã gửi thông tin")
    : el("button", { type: "button", class: "primary", onclick: () => infoForm(message, tools) }, "Chia sẻ thông tin");
  return [image, el("strong", { class: "card__title" }, detail.title), el("p", { class: "words" }, detail.subtitle), open];
}

function listElement(message, element, position, tools) {
  const image = element.image_url ? el("img", { src: "/picture/" + message.id + "/" + position, alt: "", width: 48, height: 48 }) : null;
  image?.addEventListener("error", () => image.remove());
  const inner = [image, el("span", {}, el("strong", {}, element.title), el("span", {}, element.subtitle))];
  const action = element.default_action;
  if (!action) return el("li", {}, el("div", { class: "element" }, ...inner));
  if (action.type === "oa.open.url") return el("li", {}, el("a", { class: "element", href: action.url, target: "_blank", rel: "noopener noreferrer" }, ...inner));
  const before = message.content.elements.slice(0, position).filter((other) => other.default_action).length;
  return el("li", {}, el("button", { type: "button", class: "element", onclick: () => tools.press(message, message.buttons.length + before) }, ...inner));
}

/** A broadcast's article: the first with its cover across the card, further ones as rows. */
function article(message, element, position, tools) {
  const source = "/picture/" + message.id + "/" + position;
  const size = position ? { width: 48, height: 48 } : { class: "card__image" };
  const image = element.image_url ? el("img", { src: source, alt: "", onload: tools.bottom, ...size }) : null;
  image?.addEventListener("error", () => image.remove());
  const words = el("span", {}, el("strong", {}, element.title), el("span", {}, element.subtitle));
  const look = "element" + (position ? "" : " element--article");
  return el("li", {}, el("a", { class: look, href: element.url, target: "_blank", rel: "noopener noreferrer" }, image, words));
}

function buttons(message, tools) {
  return el(
    "div",
    { class: "buttons" },
    ...message.buttons.map((button, index) => {
      const inner = [el("span", {}, button.title)];
      if (button.type === "oa.open.url") {
        return el("a", { href: button.payload.url, target: "_blank", rel: "noopener noreferrer" }, ...inner, icon("globe"));
      }
      if (button.type === "oa.open.phone") return el("a", { href: "tel:+" + button.payload.phone_code }, ...inner, icon("phone"));
      if (button.type === "oa.open.sms") {
        const text = encodeURIComponent(button.payload.content);
        return el("a", { href: "sms:+" + button.payload.phone_code + "?body=" + text }, ...inner, icon("chat"));
      }
      return el("button", { type: "button", onclick: () => tools.press(message, index) }, ...inner, icon("next"));
    }),
  );
}

function quoted(message, tools) {
  if (!message) return el("blockquote", {}, "Tin nhắn đã trả lời");
  const who = message.from === "user" ? "Bạn" : tools.oaName;
  return el("blockquote", {}, el("strong", {}, who), el("span", {}, message.text || "[" + message.kind + "]"));
}

/** Reply, react and copy: behind one small button beside the bubble. */
function actions(message, tools) {
  const panel = el("div", { class: "actions__panel", hidden: true });
  const opener = iconButton("more", "Tuỳ chọn tin nhắn", toggle, { class: "actions__open", "aria-expanded": "false" });
  function toggle() {
    panel.hidden = !panel.hidden;
    opener.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) panel.querySelector("button").focus();
  }
  const mineNow = message.reactions.user;
  panel.append(
    el("div", { class: "actions__signs" }, ...ICONS.map(([code, face, label]) =>
      el("button", { type: "button", "aria-label": label, "aria-pressed": String(mineNow === code), onclick: () => { toggle(); tools.react(message, mineNow === code ? "" : code); } }, face))),
    el("button", { type: "button", onclick: () => { toggle(); tools.reply(message); } }, icon("reply"), "Trả lời"),
    el("button", { type: "button", onclick: () => { toggle(); navigator.clipboard?.writeText(message.text); } }, icon("file"), "Sao chép"),
  );
  const node = el("div", { class: "actions" }, opener, panel);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) { toggle(); opener.focus(); }
  });
  node.addEventListener("focusout", (event) => {
    if (!panel.hidden && !node.contains(event.relatedTarget)) toggle();
  });
  return node;
}
