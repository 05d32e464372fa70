// The OA's own page: follow, quick interactions, services.
import { el, icon, iconButton } from "./dom.js";
import { post } from "./net.js";

const QUICK = [["tracuu", "Tra cứu hồ sơ", "folder"], ["phananh", "PA kiến nghị", "horn"], ["tintuc", "Tin tức", "news"]];
const SERVICES = [["thutuc", "Dịch vụ", "building"], ["phananh", "Phản ánh", "horn"], ["hotro", "Hỗ trợ", "help"]];

export function profileScreen(phone, world) {
  const act = el("div", { class: "profile__act" });
  const menu = el("div", { class: "menu", hidden: true });
  const said = el("p", { class: "problem", role: "alert" });
  const more = iconButton("more", "Tuỳ chọn", toggle, { "aria-expanded": "false", class: "icon-button--dark" });

  function toggle() {
    menu.hidden = !menu.hidden;
    more.setAttribute("aria-expanded", String(!menu.hidden));
    if (!menu.hidden) menu.querySelector("button").focus();
  }

  async function run(action, body) {
    said.textContent = "";
    menu.hidden = true;
    try {
      const answer = await post("people/" + phone.uid + "/" + action, body);
      Object.assign(phone.person, answer.person);
      fill();
      return true;
    } catch (error) {
      said.textContent = error.message;
      return false;
    }
  }

  async function useMenu(name) {
    if (await run("press", { payload: world.menu[name], show: false })) phone.show("chat", true);
  }

  async function chat() {
    if (await run("chatnow")) phone.show("chat", true);
  }

  async function follow() {
    if (await run("follow")) phone.show("chat", true);
  }

  function fill() {
    const person = phone.person;
    act.replaceChildren(
      person.follower
        ? el("p", { class: "followed" }, icon("check"), "Đã quan tâm")
        : el("button", { type: "button", class: "primary", onclick: follow }, "Quan tâm"),
      el("button", { type: "button", class: "secondary", onclick: chat, disabled: person.blocked }, icon("chat"), "Nhắn tin"),
    );
    const items = [
      person.follower ? ["Bỏ quan tâm", () => run("unfollow")] : ["Quan tâm", follow],
      person.blocked ? ["Bỏ chặn OA", () => run("unblock")] : ["Chặn OA", () => run("block", { on: true })],
      ["Yêu cầu xoá dữ liệu của tôi", () => run("withdraw")],
    ];
    menu.replaceChildren(...items.map(([label, onclick]) => el("button", { type: "button", onclick }, label)));
    if (person.blocked) said.textContent = "Bạn đang chặn OA này.";
  }

  const tiles = (label, items) =>
    el(
      "section",
      { class: "tiles" },
      el("h3", {}, label),
      el("div", {}, ...items.map(([name, title, sign]) =>
        el("button", { type: "button", onclick: () => useMenu(name) }, el("span", { class: "tiles__icon tiles__icon--" + sign }, icon(sign)), title))),
    );

  fill();
  const node = el(
    "div",
    { class: "screen profile" },
    el("header", { class: "top top--clear" }, iconButton("back", "Quay lại", () => phone.show("home", true), { class: "icon-button--dark" }), el("span", { class: "gap" }), more, menu),
    el(
      "div",
      { class: "scroll" },
      el("img", { class: "profile__cover", src: "/static/cover.svg", alt: "" }),
      el(
        "div",
        { class: "profile__head" },
        el("img", { class: "avatar profile__avatar", src: "/static/oa.svg", alt: "", width: 84, height: 84 }),
        el("h2", { tabindex: "-1" }, world.oa.name),
        el("p", { class: "profile__kind" }, world.oa.category),
        act,
        said,
      ),
      el(
        "ul",
        { class: "facts" },
        el("li", {}, icon("verified"), "OA này đã được xác thực bởi Zalo"),
        el("li", {}, icon("pin"), world.oa.address),
        el("li", {}, icon("building"), world.oa.description),
      ),
      tiles("Tương tác nhanh", QUICK),
      tiles("Dịch vụ", SERVICES),
    ),
  );
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !menu.hidden) { toggle(); more.focus(); }
  });
  return { node, refresh: fill };
}
