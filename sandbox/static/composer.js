// Writing: text with Vietnamese input methods, stickers, pictures, files, place, card.
import { el, icon, iconButton, size } from "./dom.js";
import { ask } from "./dialogs.js";

const STICKERS = [["like", "Thích"], ["heart", "Trái tim"], ["smile", "Cười"], ["lotus", "Hoa sen"], ["thanks", "Cảm ơn"]];
const LARGEST = 5 * 1024 * 1024;

export function composer({ run, said, afterSend, person }) {
  let quote = null;
  let waiting = [];
  const input = el("textarea", { rows: 1, placeholder: "Tin nhắn", "aria-label": "Tin nhắn", maxLength: 10000, oninput: grow, onkeydown: key, onpaste: paste });
  const send = iconButton("send", "Gửi", go, { class: "composer__send" });
  const strip = el("div", { class: "strip", hidden: true });
  const pictures = el("input", { type: "file", accept: "image/*", multiple: true, hidden: true, onchange: () => { add(pictures.files); pictures.value = ""; } });
  const files = el("input", { type: "file", multiple: true, hidden: true, onchange: () => { add(files.files); files.value = ""; } });
  const stickers = el("div", { class: "panel", hidden: true }, ...STICKERS.map(([name, label]) =>
    el("button", { type: "button", "aria-label": "Nhãn dán " + label, onclick: () => { close(); run("sticker", { sticker: name }).then(afterSend); } }, el("img", { src: "/static/sticker-" + name + ".svg", alt: "", width: 56, height: 56 }))));
  const extras = el(
    "div",
    { class: "panel panel--extras", hidden: true },
    extra("image", "Hình ảnh", () => pictures.click()),
    extra("file", "Tệp", () => files.click()),
    extra("pin", "Vị trí", place),
    extra("card", "Danh thiếp", card),
  );
  const smile = iconButton("smile", "Nhãn dán", () => open(stickers, smile), { "aria-expanded": "false" });
  const plus = iconButton("plus", "Ảnh, tệp, vị trí", () => open(extras, plus), { "aria-expanded": "false" });

  function extra(sign, label, onclick) {
    return el("button", { type: "button", onclick: () => { close(); onclick(); } }, icon(sign), label);
  }

  function close() {
    for (const [panel, opener] of [[stickers, smile], [extras, plus]]) {
      panel.hidden = true;
      opener.setAttribute("aria-expanded", "false");
    }
  }

  function open(panel, opener) {
    const wasClosed = panel.hidden;
    close();
    panel.hidden = !wasClosed;
    opener.setAttribute("aria-expanded", String(wasClosed));
    if (wasClosed) panel.querySelector("button").focus();
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = Math.min(input.scrollHeight, 120) + "px";
    send.disabled = !input.value.trim() && !waiting.length;
  }

  function key(event) {
    // While an input method composes, Enter belongs to it (Telex, VNI).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    go();
  }

  function paste(event) {
    const pasted = event.clipboardData.files;
    if (pasted.length) { event.preventDefault(); add(pasted); }
  }

  function add(list) {
    for (const file of list) {
      if (file.size > LARGEST) said("“" + file.name + "” lớn hơn 5 MB nên không gửi được.");
      else if (file.size) waiting.push(file);
    }
    show();
    input.focus();
  }

  function show() {
    const chips = waiting.map((file, at) => {
      const label = "Bỏ " + file.name;
      const remove = iconButton("close", label, () => { waiting.splice(at, 1); show(); });
      if (!file.type.startsWith("image/")) return el("span", { class: "chip" }, icon("file"), file.name + " · " + size(file.size), remove);
      const source = URL.createObjectURL(file);
      return el("span", { class: "chip" }, el("img", { src: source, alt: file.name, onload: () => URL.revokeObjectURL(source) }), remove);
    });
    if (quote) chips.unshift(el("span", { class: "chip chip--quote" }, icon("reply"), (quote.text || "[" + quote.kind + "]").slice(0, 80), iconButton("close", "Bỏ trả lời", () => { quote = null; show(); })));
    strip.replaceChildren(...chips);
    strip.hidden = !chips.length;
    grow();
  }

  async function go() {
    const text = input.value.replace(/\s+$/, "");
    const sending = waiting;
    const about = quote;
    if (!text.trim() && !sending.length) return;
    input.value = "";
    waiting = [];
    quote = null;
    show();
    let caption = text;
    for (const file of sending) {
      const body = new FormData();
      body.append("file", file);
      if (caption && file.type.startsWith("image/")) { body.append("caption", caption); caption = ""; }
      await run("file", body);
    }
    if (caption.trim()) {
      const sent = await run("text", { text: caption, ...(about ? { quote_id: about.id } : {}) });
      if (!sent) { input.value = caption; grow(); }
    }
    afterSend();
    input.focus();
  }

  function place() {
    ask("Gửi vị trí", [["Vĩ độ", "latitude", "21.8233"], ["Kinh độ", "longitude", "105.2140"]], "Gửi vị trí", async (values) => {
      const sent = await run("location", values);
      return sent ? "" : "Vĩ độ từ -90 đến 90, kinh độ từ -180 đến 180.";
    });
  }

  function card() {
    const me = person();
    const number = me.phones[0] ? "0" + me.phones[0].slice(2) : "";
    ask("Gửi danh thiếp", [["Tên", "name", me.name], ["Số điện thoại", "phone", number]], "Gửi danh thiếp", async (values) => {
      const sent = await run("card", values);
      return sent ? "" : "Số điện thoại chưa đúng.";
    });
  }

  const row = el("div", { class: "composer__row" }, smile, input, plus, send);
  const node = el("div", { class: "composer" }, strip, stickers, extras, row, pictures, files);
  send.disabled = true;
  return { node, add, quote: (message) => { quote = message; show(); input.focus(); } };
}
