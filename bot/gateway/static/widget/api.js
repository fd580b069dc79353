// The customer API. Events are read from a fetch: EventSource cannot carry the conversation's token.

const TIMEOUT = 15_000;
const FIRST_BYTE = 5000; // a mute stream is held back on the way
const SILENCE = 45_000; // the server says something at least every 15 s

/** A call that failed; `status` is 0 when no answer came, `retryAfter` is in milliseconds. */
export class ApiError extends Error {
  constructor(status, retryAfter = 0) {
    super(`HTTP ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  get gone() {
    return [401, 403, 404].includes(this.status);
  }

  get final() {
    return this.status >= 400 && this.status < 500 && !this.gone && ![408, 425, 429].includes(this.status);
  }
}

/** Events of a stream, however it is cut. */
export class EventParser {
  #rest = '';
  #fields = {};

  * push(chunk) {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if ('data' in this.#fields) yield this.#fields;
        this.#fields = {};
        continue;
      }
      const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
      if (name === 'data' && 'data' in this.#fields) this.#fields.data += `\n${value}`;
      else if (name) this.#fields[name] = value;
    }
  }
}

export class Api {
  constructor(base) {
    this.base = base;
  }

  open(locale, identity) {
    return this.#json('', null, { locale, identity: identity || null });
  }

  send(talk, { client_message_id, text, payload }) {
    return this.#json(`/${talk.id}/messages`, talk, { client_message_id, text, payload });
  }

  read(talk, after, wait, signal) {
    return this.#json(`/${talk.id}/messages?after=${after}${wait ? `&wait=${wait}` : ''}`, talk, null, signal, wait);
  }

  async upload({ id, token }, body, key) {
    const options = { method: 'POST', body, headers: { authorization: `Bearer ${token}` } };
    const query = new URLSearchParams({ client_message_id: key, name: body.name });
    const { guard } = await this.#call(`/${id}/files?${query}`, options, null, TIMEOUT * 8);
    guard.end();
  }

  signal(talk, body) {
    this.#json(`/${talk.id}/signal`, talk, body).catch(() => {});
  }

  async * stream(talk, after, signal) {
    const { response, guard } = await this.#call(`/${talk.id}/stream`, {
      headers: { accept: 'text/event-stream', 'last-event-id': String(after), authorization: `Bearer ${talk.token}` },
    }, signal, FIRST_BYTE);
    try {
      if (!/event-stream/.test(response.headers.get('content-type'))) throw new ApiError(0);
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        guard.restart(SILENCE);
        for (const { event = 'message', data } of parser.push(decoder.decode(value, { stream: true }))) {
          if (event === 'message' || event === 'state') yield { event, data: JSON.parse(data) };
        }
      }
    } finally {
      guard.end();
    }
  }

  async #json(path, talk, body, signal, wait = 0) {
    const headers = { accept: 'application/json' };
    if (talk) headers.authorization = `Bearer ${talk.token}`;
    if (body) headers['content-type'] = 'application/json';
    const options = { headers, method: body ? 'POST' : 'GET', body: body && JSON.stringify(body) };
    const { response, guard } = await this.#call(path, options, signal, TIMEOUT + wait * 1000);
    try {
      return await response.json();
    } catch {
      throw new ApiError(0);
    } finally {
      guard.end();
    }
  }

  async #call(path, options, signal, patience) {
    const guard = new Guard(signal, patience);
    let response;
    try {
      response = await fetch(`${this.base}api/v1/conversations${path}`, {
        ...options, signal: guard.signal, cache: 'no-store', credentials: 'omit',
      });
    } catch {
      guard.end();
      throw new ApiError(0);
    }
    if (response.ok) return { response, guard };
    guard.end();
    throw new ApiError(response.status, response.headers.get('retry-after') * 1000 || 0);
  }
}

/** Ends a request when its caller gives up or nothing comes for too long. */
class Guard {
  #controller = new AbortController();
  #abort = () => this.#controller.abort();

  constructor(outer, patience) {
    this.outer = outer;
    if (outer?.aborted) this.#abort();
    outer?.addEventListener('abort', this.#abort);
    this.restart(patience);
  }

  get signal() {
    return this.#controller.signal;
  }

  restart(patience) {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.#abort, patience);
  }

  end() {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.#abort);
    this.#abort();
  }
}
