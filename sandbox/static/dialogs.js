// Sheets over the chat: the information form, a large picture, small questions.
import { el, iconButton } from "./dom.js";

function sheet(title, ...children) {
  const label = "sheet-" + Math.random().toString(36).slice(2);
  const box = el(
    "dialog",
    { class: "sheet", "aria-labelledby": label },
    el("div", { class: "sheet__top" }, el("h2", { id: label }, title), iconButton("close", "Đóng", () => box.close())),
    ...children,
  );
  box.addEventListener("close", () => box.remove());
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  document.body.append(box);
  box.showModal();
  return box;
}

/** A picture as large as the window allows. */
export function picture(source) {
  const box = sheet("Hình ảnh", el("img", { class: "sheet__picture", src: source, alt: "Hình ảnh phóng lớn" }));
  box.classList.add("sheet--wide");
}

const local = (phone) => (phone ? "0" + phone.slice(2) : "");

/** The form behind `request_user_info`; every value may be changed before sending. */
export function infoForm(message, tools) {
  const person = tools.person();
  const known = person.shared_info || {};
  const problem = el("p", { class: "problem", role: "alert" });
  const field = (label, name, value, extra = {}) => el("label", {}, label, el("input", { name, value: value || "", autocomplete: "off", maxLength: 200, ...extra }));
  const gender = el("select", { name: "gender" }, ...["", "Nam", "Nữ", "Khác"].map((value) => el("option", { value }, value || "Không chọn")));
  const form = el(
    "form",
    { class: "sheet-form", noValidate: true },
    el("p", { class: "hint" }, message.content.subtitle),
    field("Họ và tên", "name", known.name || person.name),
    field("Số điện thoại", "phone", local(known.phone || person.phones[0]), { inputMode: "tel", required: true }),
    field("Ngày sinh", "dob", "", { placeholder: "dd/mm/yyyy" }),
    el("label", {}, "Giới tính", gender),
    field("Tỉnh, thành phố", "city", known.city),
    field("Xã, phường", "ward", known.ward),
    field("Địa chỉ", "address", known.address),
    problem,
    el("button", { class: "primary" }, "Gửi cho OA"),
  );
  const box = sheet(message.content.title, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await tools.submit(message, Object.fromEntries(new FormData(form)));
      box.close();
    } catch (error) {
      problem.textContent = /phone/.test(error.message) ? "Hãy nhập số điện thoại." : error.message;
    }
  });
}

/** Ask for a few values; `fields` are [label, name, value]. `onDone` may throw to keep it open. */
export function ask(title, fields, done, onDone) {
  const problem = el("p", { class: "problem", role: "alert" });
  const inputs = fields.map(([label, name, value]) => el("label", {}, label, el("input", { name, value, required: true, autocomplete: "off", maxLength: 100 })));
  const form = el("form", { class: "sheet-form" }, ...inputs, problem, el("button", { class: "primary" }, done));
  const box = sheet(title, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const trouble = await onDone(Object.fromEntries(new FormData(form)));
    if (trouble) problem.textContent = trouble;
    else box.close();
  });
}
