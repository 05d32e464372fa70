// One control for each switch, made from its present value and its title.
import { el } from "./dom.js";

const CHOICES = {
  lapsed_token_code: [-216, -220],
  blocked_user_code: [-217, -227, -244, -213, -222],
  retry_trigger: ["not_200", "connection"],
  retry_from: ["previous", "event"],
  user_id_by_app: ["always", "sometimes", "never"],
  submit_info_form: ["nested", "flat"],
  getoa_id_member: ["oa_id", "oaid", "both"],
  broadcast_quota_code: [-211, -218, -224],
  promotion_monthly_code: [-1441, -1471],
  promotion_uid_codes: ["zbs", "oa"],
};
// Numbers that may be left out: empty means without end.
const ENDLESS = ["zbs_balance_vnd", "article_monthly_quota"];
const WORDS = { not_200: "khác 200 hoặc quá giờ", connection: "không kết nối được", previous: "lần gửi trước", event: "lúc có sự kiện", always: "luôn có", sometimes: "lúc có lúc không", never: "không có", nested: "lồng nhau (mới)", flat: "phẳng (cũ)", both: "cả hai" };

/** Fill `form`; `change` is called with {name: value}. A control being edited is left alone. */
export function drawSwitches(form, { settings, titles }, change) {
  if (form.contains(document.activeElement) && document.activeElement.tagName === "INPUT" && document.activeElement.type !== "checkbox") return;
  const focused = document.activeElement?.name;
  form.replaceChildren(...Object.entries(settings).map(([name, value]) => control(name, value, titles[name] || name, change)));
  if (focused) form.elements[focused]?.focus();
}

function control(name, value, title, change) {
  if (typeof value === "boolean") {
    const box = el("input", { type: "checkbox", name, checked: value, onchange: () => change({ [name]: box.checked }) });
    return el("label", { class: "switches__tick" }, box, title);
  }
  if (CHOICES[name]) {
    const select = el("select", { name, onchange: () => change({ [name]: typeof value === "number" ? Number(select.value) : select.value }) }, ...CHOICES[name].map((choice) => el("option", { value: String(choice) }, WORDS[choice] || String(choice))));
    select.value = String(value);
    return el("label", {}, title, select);
  }
  if (Array.isArray(value)) {
    const input = el("input", { name, value: value.join(", "), placeholder: "cách nhau bằng dấu phẩy", onchange: () => change({ [name]: input.value.split(",").map((part) => part.trim()).filter(Boolean) }) });
    return el("label", {}, title, input);
  }
  const number = () => (ENDLESS.includes(name) && !input.value.trim() ? null : Number(input.value));
  const input = el("input", { name, value: value === null ? "" : String(value), inputMode: "numeric", onchange: () => change({ [name]: number() }) });
  return el("label", {}, title, input);
}
