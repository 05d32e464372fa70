// Choosing whose phone this is, and the list of chats.
import { el, icon, iconButton, folded, shortTime } from "./dom.js";
import { post } from "./net.js";

const avatar = (uid, size) => el("img", { class: "avatar", src: "/avatar/" + uid + ".svg", alt: "", width: size, height: size });

function badge(count) {
  if (!count) return null;
  const text = count > 99 ? "99+" : String(count);
  return el("span", { class: "badge" }, text, el("span", { class: "hidden" }, " tin chưa đọc"));
}

const local = (phone) => "0" + phone.slice(2).replace(/(\d{2})(\d{3})(\d{4})/, "$1 $2 $3");

/** Everybody who has a phone here, and a form for one more. */
export function peopleScreen(phone, world) {
  const list = el("ul", { class: "people" });
  const problem = el("p", { class: "problem", role: "alert" });
  const name = el("input", { name: "name", required: true, maxLength: 100, autocomplete: "off", placeholder: "Nguyễn Thị An" });
  const number = el("input", { name: "phone", inputMode: "tel", autocomplete: "off", maxLength: 20, placeholder: "0912 345 678" });
  const has = el("input", { type: "checkbox", name: "has_zalo", checked: true });
  const form = el(
    "form",
    { class: "sheet-form", onsubmit: add, noValidate: true },
    el("h3", {}, "Thêm người"),
    el("label", {}, "Họ và tên", name),
    el("label", {}, "Số điện thoại", number),
    el("label", { class: "tick" }, has, " Số này đã đăng ký Zalo"),
    problem,
    el("button", { class: "primary" }, "Thêm và mở máy"),
  );

  async function add(event) {
    event.preventDefault();
    if (!name.value.trim()) {
      problem.textContent = "Hãy nhập họ và tên.";
      return name.focus();
    }
    const phones = number.value.trim() ? [number.value.trim()] : [];
    try {
      const made = await post("people", { name: name.value, phones, has_zalo: has.checked });
      world.people.push(made);
      phone.choose(made.id);
    } catch (error) {
      const odd = /phone/.test(error.message);
      problem.textContent = odd ? "Số điện thoại chưa đúng, ví dụ 0912 345 678." : error.message;
    }
  }

  function fill() {
    list.replaceChildren(
      ...world.people.map((person) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", class: "row", onclick: () => phone.choose(person.id) },
            avatar(person.id, 44),
            el(
              "span",
              { class: "row__text" },
              el("strong", {}, person.name),
              el("span", {}, person.phones.map(local).join(", ") || "Chưa có số điện thoại", person.has_zalo ? "" : " · chưa có Zalo"),
            ),
            badge(person.unread),
          ),
        ),
      ),
    );
    list.hidden = !world.people.length;
  }
  fill();
  const links = el(
    "p",
    { class: "links" },
    world.onestop ? el("a", { href: "/onestop", target: "onestop" }, "Phần mềm một cửa") : null,
    el("a", { href: "/operator", target: "operator" }, "Trang vận hành"),
  );
  const node = el(
    "div",
    { class: "screen" },
    el("header", { class: "top" }, el("h2", { tabindex: "-1" }, "Máy của ai?")),
    el("div", { class: "scroll" }, el("p", { class: "hint" }, "Chọn một người dân để cầm máy của họ, hoặc thêm người mới."), list, form, links),
  );
  return { node, refresh: fill };
}

/** Chats of one citizen; the OA is found by searching until there is a chat with it. */
export function homeScreen(phone, world) {
  const list = el("ul", { class: "people" });
  const search = el("input", {
    type: "search",
    class: "search",
    placeholder: "Tìm kiếm Official Account",
    "aria-label": "Tìm kiếm Official Account",
    oninput: fill,
  });

  function row(person, text, target) {
    const last = person.last_message;
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "row", onclick: () => phone.show(target, true) },
        el("img", { class: "avatar", src: "/static/oa.svg", alt: "", width: 52, height: 52 }),
        el(
          "span",
          { class: "row__text" },
          el("strong", { class: person.unread ? "unread" : "" }, world.oa.name, " ", icon("verified")),
          el("span", { class: person.unread ? "unread" : "" }, text),
        ),
        el("span", { class: "row__side" }, last ? el("time", {}, shortTime(last.time, world.now)) : null, badge(person.unread)),
      ),
    );
  }

  function preview(message) {
    const kinds = { image: "[Hình ảnh]", gif: "[GIF]", file: "[Tệp] " + (message.content.name || ""), sticker: "[Nhãn dán]", location: "[Vị trí]", business_card: "[Danh thiếp]", form: message.content.title, list: "[Danh sách]" };
    return (message.from === "user" ? "Bạn: " : "") + (message.text || kinds[message.kind] || "");
  }

  function fill() {
    const person = phone.person;
    const words = folded(search.value.trim());
    if (!person) return;
    const found = folded(world.oa.name + " " + world.oa.description).includes(words);
    if (words) {
      const hit = found ? row(person, world.oa.description, "profile") : el("li", { class: "hint" }, "Không tìm thấy kết quả nào.");
      return list.replaceChildren(el("li", { class: "group" }, "Official Account"), hit);
    }
    if (person.last_message) return list.replaceChildren(row(person, preview(person.last_message), "chat"));
    list.replaceChildren(
      el("li", { class: "hint" }, person.follower ? "Bạn đã quan tâm OA. Tin nhắn sẽ hiện ở đây." : "Chưa có cuộc trò chuyện nào. Mở trang OA và bấm “Quan tâm”."),
      row(person, person.follower ? "Đã quan tâm" : "Official Account · chạm để xem", "profile"),
    );
  }
  fill();
  const person = phone.person;
  const node = el(
    "div",
    { class: "screen" },
    el(
      "header",
      { class: "top top--search" },
      el("h2", { tabindex: "-1", class: "hidden" }, "Tin nhắn của " + person.name),
      icon("search"),
      search,
      el("button", { type: "button", class: "top__me", title: "Đổi người", "aria-label": "Máy của " + person.name + ". Đổi người", onclick: () => phone.show("people", true) }, avatar(person.id, 34)),
    ),
    el("div", { class: "scroll" }, list),
    el(
      "nav",
      { class: "tabs", "aria-label": "Mục chính" },
      el("button", { type: "button", "aria-current": "page" }, icon("chat"), "Tin nhắn"),
      el("button", { type: "button", onclick: () => phone.show("profile", true) }, icon("building"), "Trang OA"),
      el("button", { type: "button", onclick: () => phone.show("people", true) }, icon("user"), "Đổi người"),
    ),
  );
  return { node, refresh: fill };
}

export { avatar, iconButton };
