// Calls to the desk's API. A session that ended leads back to the sign-in page.

const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** An answer other than success; `status` is 0 when there was no answer at all. */
export class CallFailed extends Error {
  constructor(status, problem = {}, retryAfter = 0) {
    super(problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export function goToSignIn() {
  location.assign(`/desk/sign-in?next=${encodeURIComponent(location.pathname)}`);
}

/** Calls the API and gives its JSON, or null where there is none. */
export async function call(method, path, body, { public: isPublic = false } = {}) {
  const headers = { Accept: "application/json" };
  if (csrf && method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined && !(body instanceof Blob)) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`/api/v1/desk${path}`, {
      method,
      headers,
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new CallFailed(0);
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  if (response.status === 401 && !isPublic) goToSignIn();
  const problem = await response.json().catch(() => ({}));
  throw new CallFailed(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
}

const path = (id, rest = "") => `/conversations/${encodeURIComponent(id)}${rest}`;

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const conversations = {
  details: (id) => call("GET", path(id)),
  context: (id) => call("GET", path(id, "/context")),
  messages: async (id, after) => (await call("GET", path(id, `/messages?after=${after}`))).messages,
  notes: async (id, after) => (await call("GET", path(id, `/notes?after=${after}`))).notes,
  suggestions: async (id) => (await call("GET", path(id, "/suggestions"))).suggestions,
  answers: (id) => call("GET", path(id, "/answers")),
  accept: (id) => call("POST", path(id, "/accept")),
  decline: (id) => call("POST", path(id, "/decline")),
  takeOver: (id) => call("POST", path(id, "/take-over")),
  reassign: (id, taker) => call("POST", path(id, "/reassign"), taker),
  transfer: (id, taker) => call("POST", path(id, "/transfer"), taker),
  endTransfer: (id) => call("DELETE", path(id, "/transfer")),
  say: (id, message) => call("POST", path(id, "/messages"), message),
  note: (id, text, kind) => call("POST", path(id, "/notes"), { text, kind }),
  sendCards: (id, products) => call("POST", path(id, "/cards"), { client_message_id: newId(), products }),
  sendQuote: (id, client_message_id, products) => call("POST", path(id, "/quotes"), { client_message_id, products }),
  askPhoto: (id) => call("POST", path(id, "/photo-requests"), { client_message_id: newId() }),
  sendFile: (id, file) => call("POST", path(id, `/files?name=${encodeURIComponent(file.name)}`), file),
  giveBack: (id) => call("POST", path(id, "/return")),
  resolve: (id, outcome) => call("POST", path(id, "/resolve"), { outcome }),
  snooze: (id, until) => call("POST", path(id, "/snooze"), { until }),
  label: (id, labels) => call("PUT", path(id, "/labels"), { labels }),
  typing: (id) => call("POST", path(id, "/typing")),
  read: (id, messageId) => call("POST", path(id, "/read"), { message_id: messageId }),
};
