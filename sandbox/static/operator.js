// The operator's page: what went out, what came in, and every lever.
import { el, moment, hour } from "./dom.js";
import { call, get, post, live } from "./net.js";
import { drawBroadcasts } from "./broadcasts.js";
import { drawSwitches } from "./switches.js";

const $ = (id) => document.getElementById(id);
const TESTS = ["user_send_text", "user_send_image", "user_send_file", "user_send_sticker", "user_send_location", "follow", "unfollow", "user_received_message", "user_seen_message", "user_submit_info", "oa_send_text"];
const ROWS = 60;
// A crowd of a load test would make the page too long to draw.
const PEOPLE = 100;
let gap = 0;
let frozenAt = null;

/** Do something and say what went wrong, if anything. */
async function attempt(work, done = "Đã thực hiện.") {
  try {
    const result = await work();
    $("said").textContent = done;
    setTimeout(() => { $("said").textContent = ""; }, 4000);
    await refresh({ kind: "all" });
    return result;
  } catch (error) {
    $("said").textContent = error.message;
    return null;
  }
}

function hours(seconds) {
  if (seconds > 172800) return Math.floor(seconds / 86400) + " ngày";
  if (seconds > 7200) return Math.floor(seconds / 3600) + " giờ";
  return seconds > 120 ? Math.floor(seconds / 60) + " phút" : seconds + " giây";
}

function card(title, value, note, bad = false) {
  return el("div", { class: "card" + (bad ? " card--bad" : "") }, el("h3", {}, title), el("p", {}, String(value)), el("p", { class: "card__note" }, note));
}

const dong = (amount) => amount.toLocaleString("vi-VN") + " đ";

function spending({ spent_by_channel: spent, balance_vnd: balance }) {
  const parts = ["tư vấn " + dong(spent.cs), "UID " + dong(spent.zbs_uid), "số " + dong(spent.zbs_phone)];
  return parts.join(", ") + (balance === null ? "" : "; số dư " + dong(balance));
}

function drawState(state) {
  gap = state.clock.now - Date.now();
  frozenAt = state.clock.frozen ? state.clock.now : null;
  $("frozen").hidden = !state.clock.frozen;
  $("freeze").textContent = state.clock.frozen ? "Chạy tiếp" : "Đóng băng";
  tick();
  const { quotas, token, webhook } = state;
  $("cards").replaceChildren(
    card("Webhook", webhook.subscribed ? "Đang nhận" : "Đã ngừng", webhook.url || "chưa có địa chỉ", !webhook.subscribed || !webhook.url),
    card("Access token", token.access_left_s ? "còn " + hours(token.access_left_s) : "hết hạn", "refresh token: " + (token.refresh_left_s ? "còn " + hours(token.refresh_left_s) : "không dùng được"), !token.access_left_s),
    card("Phút này", quotas.rate_oa_used + " / " + quotas.rate_oa, "ứng dụng " + quotas.rate_app_used + " / " + quotas.rate_app, quotas.rate_oa_used >= quotas.rate_oa),
    card("Tư vấn ngoài 48 giờ", quotas.sub_remain + " / " + quotas.sub_total, "tính tiền " + quotas.billed + " tin"),
    card("ZBS hôm nay", quotas.zbs_remain + " / " + quotas.zbs_total, "qua số điện thoại"),
    card("Broadcast tháng", quotas.broadcast_remain + " / " + quotas.broadcast_total, "còn lại"),
    card("Đã tốn", dong(quotas.spent_vnd), spending(quotas), quotas.balance_vnd === 0),
    card("Đã nhận gửi", Object.entries(state.counters).filter(([name]) => name.startsWith("sent")).reduce((sum, [, n]) => sum + n, 0), Object.entries(state.counters).filter(([name]) => name.startsWith("error")).map(([name, n]) => name.slice(6) + ": " + n).join(", ") || "không lỗi"),
  );
  $("faults").replaceChildren(...state.faults.map((fault) =>
    el("li", {}, el("span", {}, fault.title + " · " + fault.path + " · " + (fault.left === null ? "tới khi tắt" : "còn " + fault.left) + " · đã xảy ra " + fault.hits),
      el("button", { type: "button", class: "plain", onclick: () => attempt(() => call("DELETE", "faults/" + fault.id), "Đã tắt lỗi.") }, "Tắt"))));
  if (!$("webhook").url.matches(":focus")) $("webhook").url.value = webhook.url;
}

function tick() {
  $("clock").textContent = moment(frozenAt ?? Date.now() + gap);
}

const STATES = { queued: "đang gửi", delivered: "đã nhận", retrying: "chờ gửi lại", failed: "hỏng", dropped: "không gửi" };
const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function webhookRow(event) {
  const tries = event.attempts.map((one) =>
    el("li", {}, moment(one.time) + " · lần " + (one.num_retry + 1) + " · " + (one.status ?? one.error) + " · " + one.ms + " ms"));
  return el(
    "details",
    {},
    el("summary", {}, el("time", {}, hour(event.time)), el("strong", {}, event.event_name || "(kiểm tra {})"), el("span", { class: "state state--" + event.state }, STATES[event.state] + (event.attempts.length > 1 ? " ×" + event.attempts.length : "")), el("span", { class: "summary__more" }, event.note || event.body?.message?.text || "")),
    event.due ? el("p", {}, "Gửi lại lúc " + moment(event.due)) : null,
    tries.length ? el("ol", {}, ...tries) : null,
    el("h3", {}, "Thân"),
    el("pre", { tabindex: "0" }, pretty(event.body)),
    event.attempts[0] ? el("h3", {}, "Header") : null,
    event.attempts[0] ? el("pre", { tabindex: "0" }, pretty(event.attempts.at(-1).headers)) : null,
  );
}

function callRow(one) {
  const code = one.answer && typeof one.answer === "object" ? one.answer.error : null;
  const bad = one.status !== 200 || (code !== null && code !== undefined && code !== 0);
  const result = one.status === null ? (one.fault ? "bị cắt" : "đang xử lý") : code === null || code === undefined ? String(one.status) : "error " + code;
  return el(
    "details",
    {},
    el("summary", {}, el("time", {}, hour(one.time)), el("strong", {}, one.method + " " + one.path), el("span", { class: "state state--" + (bad ? "failed" : "delivered") }, result), el("span", { class: "summary__more" }, [one.fault && "lỗi cố ý: " + one.fault, one.took_ms !== null && one.took_ms + " ms"].filter(Boolean).join(" · "))),
    Object.keys(one.query).length ? el("h3", {}, "Tham số") : null,
    Object.keys(one.query).length ? el("pre", { tabindex: "0" }, pretty(one.query)) : null,
    el("h3", {}, "Thân"),
    el("pre", { tabindex: "0" }, one.body === null ? "(trống)" : pretty(one.body)),
    el("h3", {}, "Trả lời"),
    el("pre", { tabindex: "0" }, one.answer === null ? "(chưa có)" : pretty(one.answer)),
  );
}

/** Newest first; a row that is open stays open when its content changes. */
function drawLog(list, items, row) {
  const rows = new Map([...list.children].map((node) => [node.dataset.seq, node]));
  const fresh = items.slice(-ROWS).reverse().map((item) => {
    const mark = JSON.stringify([item.state, item.attempts?.length, item.status, item.took_ms]);
    const known = rows.get(String(item.seq));
    if (known && known.dataset.mark === mark) return known;
    const details = row(item);
    details.open = Boolean(known?.firstChild.open);
    const node = el("li", {}, details);
    node.dataset.seq = item.seq;
    node.dataset.mark = mark;
    return node;
  });
  if (fresh.length !== list.children.length || fresh.some((node, at) => list.children[at] !== node)) list.replaceChildren(...fresh);
}

function drawPeople({ people, total }) {
  $("people-count").textContent = total > people.length ? "(" + people.length + " trong " + total + ")" : "";
  const chosen = $("staff-person").value;
  $("staff-person").replaceChildren(...people.map((person) => el("option", { value: person.id }, person.name)));
  if (people.some((person) => person.id === chosen)) $("staff-person").value = chosen;
  $("people").replaceChildren(...people.map((person) => {
    const state = [person.follower ? "quan tâm" : "chưa quan tâm", person.blocked && "chặn OA", person.inactive && "ngừng dùng", person.restricted && "từ chối loại tin"].filter(Boolean).join(", ");
    const flip = (name) => () => attempt(() => call("PATCH", "people/" + person.id, { [name]: !person[name] }));
    return el(
      "li",
      {},
      el("span", {}, el("strong", {}, person.name), " · " + state, el("br"), el("code", {}, person.id), person.last_interaction ? " · tương tác cuối " + moment(person.last_interaction) : ""),
      el("span", { class: "buttons" },
        el("button", { type: "button", class: "plain", onclick: () => attempt(() => post("people/" + person.id + "/block", { on: !person.blocked })) }, person.blocked ? "Bỏ chặn" : "Chặn"),
        el("button", { type: "button", class: "plain", onclick: flip("inactive") }, person.inactive ? "Dùng lại" : "Ngừng dùng 45 ngày"),
        el("button", { type: "button", class: "plain", onclick: flip("restricted") }, person.restricted ? "Nhận lại" : "Từ chối loại tin")),
    );
  }));
}

async function refresh(change) {
  const kind = change.kind;
  const all = kind === "all" || kind === "reset";
  const work = [get("state").then(drawState)];
  if (all || kind === "call") work.push(get("calls?limit=" + ROWS).then((got) => drawLog($("calls"), got.calls, callRow)));
  if (all || kind === "webhook" || kind === "clock") work.push(get("webhooks?limit=" + ROWS).then((got) => drawLog($("webhooks"), got.webhooks, webhookRow)));
  if (all || kind === "person" || kind === "chat") work.push(get("people?limit=" + PEOPLE).then(drawPeople));
  if (all || kind === "broadcast") work.push(get("broadcasts").then((got) => drawBroadcasts($("broadcasts"), got, attempt)));
  if (all || kind === "settings") work.push(get("settings").then((got) => drawSwitches($("switches"), got, changeSwitches)));
  await Promise.all(work).catch((error) => { $("said").textContent = error.message; });
}

const changeSwitches = (changes) => attempt(() => call("PATCH", "settings", changes), "Đã đổi công tắc.");

const waiting = new Set();
let timer = null;
function onChange(change) {
  waiting.add(change.kind);
  timer ??= setTimeout(async () => {
    const kinds = [...waiting];
    waiting.clear();
    timer = null;
    if (kinds.includes("all") || kinds.length > 2) await refresh({ kind: "all" });
    else for (const kind of kinds) await refresh({ kind });
  }, 200);
}

$("clock-buttons").addEventListener("click", (event) => {
  const seconds = event.target.dataset.advance;
  if (seconds) attempt(() => post("clock", { advance: Number(seconds) }), "Đã chỉnh giờ.");
});
$("freeze").addEventListener("click", () => attempt(() => post("clock", { freeze: frozenAt === null })));
$("real").addEventListener("click", () => attempt(() => post("clock", { reset: true }), "Đã về giờ thật."));
$("set-clock").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => post("clock", { set: event.target.at.value }), "Đã đặt giờ.");
});
function showFaultFields() {
  for (const label of $("fault").querySelectorAll("[data-for]")) label.hidden = !label.dataset.for.split(" ").includes($("fault-kind").value);
}
$("fault-kind").addEventListener("change", showFaultFields);
$("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(event.target));
  const order = { kind: values.kind, path: values.path || "*", times: values.times ? Number(values.times) : null };
  if (values.kind === "error") Object.assign(order, { code: Number(values.code), message: values.message });
  if (["timeout_before", "timeout_after", "slow_drip"].includes(values.kind)) order.seconds = Number(values.seconds.replace(",", "."));
  if (values.kind === "latency") order.ms = Number(values.ms);
  attempt(() => post("faults", order), "Đã bật lỗi.");
});
$("clear-faults").addEventListener("click", () => attempt(() => call("DELETE", "faults"), "Đã tắt hết lỗi."));
for (const button of document.querySelectorAll("[data-token]")) {
  button.addEventListener("click", async () => {
    const pair = await attempt(() => post("tokens", { action: button.dataset.token }));
    if (!pair || button.dataset.token !== "issue") return;
    $("pair").hidden = false;
    $("pair").replaceChildren(el("dt", {}, "access_token"), el("dd", { tabindex: "0" }, pair.access_token), el("dt", {}, "refresh_token"), el("dd", { tabindex: "0" }, pair.refresh_token));
  });
}
$("webhook").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => call("PUT", "webhook", { url: event.target.url.value }), "Đã lưu địa chỉ webhook.");
});
$("test-event").replaceChildren(...TESTS.map((name) => el("option", {}, name)));
$("test").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => post("webhook/test", { event_name: event.target.event_name.value }), "Đã gửi mẫu.");
});
$("subscribe").addEventListener("click", () => attempt(() => post("webhook/subscribe"), "Đã bật lại."));
$("staff").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (await attempt(() => post("people/" + form.person.value + "/staff", { text: form.text.value }), "Đã gửi.")) form.text.value = "";
});
$("reset").addEventListener("click", () => {
  if (confirm("Xoá mọi người và tin nhắn trong Zalo giả lập?")) attempt(() => post("reset"), "Đã xoá tất cả.");
});

const { kinds } = await get("faults");
$("fault-kind").replaceChildren(...Object.entries(kinds).map(([kind, title]) => el("option", { value: kind }, title)));
showFaultFields();
setInterval(() => { if (frozenAt === null) tick(); }, 1000);
live(onChange);
await refresh({ kind: "all" });
