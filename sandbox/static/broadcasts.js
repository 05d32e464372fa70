// What waits for the reviewers of Zalo, and what became of earlier broadcasts.
import { el, moment } from "./dom.js";
import { post } from "./net.js";

const STATES = { waiting_review: "chờ duyệt", rejected: "bị từ chối", sending: "đang gửi", done: "đã gửi" };
const ROWS = 20;

/** Fill `list`, newest first; `attempt` runs a decision and says how it went. */
export function drawBroadcasts(list, { broadcasts }, attempt) {
  list.replaceChildren(...broadcasts.slice(-ROWS).reverse().map((one) => row(one, attempt)));
}

function row(one, attempt) {
  const decide = (action, said) => () => attempt(() => post("broadcasts/" + one.id + "/" + action), said);
  const numbers = one.matched + " người đúng đối tượng, " + one.reached + " đã nhận, " + one.held_back + " đủ hạn mức, " + one.unreachable + " không nhận được";
  const detail = one.due ? " · bước sau lúc " + moment(one.due) : one.state === "done" ? " · " + numbers : " · " + (one.note || "không nêu lý do");
  const buttons = one.state === "waiting_review"
    ? el("span", { class: "buttons" },
      el("button", { type: "button", class: "plain", onclick: decide("approve", "Đã duyệt.") }, "Duyệt"),
      el("button", { type: "button", class: "plain", onclick: decide("reject", "Đã từ chối.") }, "Từ chối"))
    : null;
  return el("li", {}, el("span", {}, el("strong", {}, one.titles.join("; ")), el("br"), STATES[one.state] + detail), buttons);
}
