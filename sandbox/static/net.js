// The control API, and the stream of changes with polling as a fallback.

const BASE = "/_control/";

/** One call; throws an Error whose message can be shown. */
export async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(BASE + path, options);
  } catch {
    throw new Error("Không kết nối được với máy chủ giả lập");
  }
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const fields = Object.entries(value.fields || {}).map(([name, why]) => name + ": " + why);
    throw new Error(fields.join("; ") || value.error || "Lỗi " + answer.status);
  }
  return value;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);

/** Say goodbye while the page is being closed. */
export function farewell(path, body) {
  navigator.sendBeacon(BASE + path, new Blob([JSON.stringify(body)], { type: "application/json" }));
}

/**
 * Call `onChange({kind, subject})` on every change; polls while the stream is down.
 * A hidden tab only polls: browsers allow six connections to one server, over all tabs.
 */
export function live(onChange, onState = () => {}) {
  let polling = null;
  let stream = null;
  const all = () => onChange({ kind: "all", subject: "" });
  const poll = () => { polling ??= setInterval(all, 3000); };

  function open() {
    if (document.hidden) return poll();
    stream = new EventSource(BASE + "stream");
    stream.onopen = () => {
      clearInterval(polling);
      polling = null;
      onState(true);
      all();
    };
    stream.onmessage = (message) => onChange(JSON.parse(message.data));
    stream.onerror = () => {
      onState(false);
      poll();
    };
  }

  document.addEventListener("visibilitychange", () => {
    stream?.close();
    open();
  });
  open();
}
