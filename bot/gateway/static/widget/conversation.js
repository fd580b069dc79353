// One conversation: what was said, who answers, what waits to be sent. By stream, or long poll where streams fail.

const POLL_WAIT = 25; // seconds the gateway may hold a poll open
const POLL_PAUSE = 4000;
const SLEEP_AFTER = 60_000; // a hidden page lets go of its connection then
const STEADY = 5000;

const NEW = { owner: 'bot', answered_up_to: 0, queue_position: null, agent_name: null, agent_typing: false, digits: 'latn' };
const backOff = (failures) => Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);

export const plain = (message) => message.parts?.find((part) => part?.type === 'text')?.text ?? '';

/** Events: `change`, and `arrival` with the new messages as its detail. */
export class Conversation extends EventTarget {
  messages = new Map();
  state = NEW;
  link = 'idle'; // idle | connecting | live | offline
  busy = false;
  loaded = false;
  #api;
  #storage;
  #options;
  #talk = null;
  #cursor = 0;
  #fresh = false; // opened by this page and not yet answered by the gateway
  #life = null;
  #line = new AbortController(); // ends the stream or poll in progress
  #mute = 0; // streams in a row that said nothing
  #flushing = false;
  #notBefore = 0; // when the gateway takes messages again
  #asleep = false;
  #at = 0;
  #typed = 0;
  #wakers = new Set();

  /** `options()` gives the present `{locale, identity, subject}`. */
  constructor(api, storage, options) {
    super();
    this.#api = api;
    this.#storage = storage;
    this.#options = options;
  }

  start() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#storage.watch(() => this.#sync(), signal);
    addEventListener('online', () => this.#wake(), { signal });
    addEventListener('offline', () => this.#drop('offline'), { signal });
    addEventListener('pagehide', () => this.#sleep(), { signal });
    addEventListener('pageshow', () => this.#wake(), { signal });
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.timer);
      this.#changed();
      if (!document.hidden) this.#wake();
      else this.timer = setTimeout(() => this.#idle && this.#sleep(), SLEEP_AFTER);
    }, { signal });
    this.#adopt();
  }

  stop() {
    clearTimeout(this.timer);
    this.#life?.abort();
    this.#drop('idle');
  }

  get queue() {
    const items = this.#storage.names('queue ').map((name) => this.#storage.get(name));
    return items.filter(Boolean).sort((one, other) => one.at - other.at);
  }

  get last() {
    return Math.max(0, ...this.messages.keys());
  }

  get awaiting() {
    if (this.state.owner !== 'bot' || this.link === 'offline') return false;
    let newest = 0;
    for (const { id, author } of this.messages.values()) if (author === 'customer') newest = Math.max(newest, id);
    return newest > this.state.answered_up_to || this.queue.some((item) => !item.failed && !item.tries);
  }

  /** `{text}`, or `{text, payload}` for a button labelled so. */
  say({ text, payload }) {
    const id = uuid();
    this.#typed = 0;
    this.#at = Math.max(Date.now(), this.#at + 1); // what is said in one millisecond keeps its order
    this.#edit(id, { client_message_id: id, text, payload, at: this.#at });
    this.#flush();
  }

  async attach(file) {
    await this.#api.upload(this.#talk, file, uuid());
    if (!this.#streams) this.#drop();
  }

  /** Tells an agent how far the customer has read, or of typing. */
  signal(body) {
    if (this.state.owner !== 'agent' || (body.typing && Date.now() < this.#typed + 3000)) return;
    if (body.typing) this.#typed = Date.now();
    this.#api.signal(this.#talk, body);
  }

  retry() {
    for (const item of this.queue) this.#edit(item.client_message_id, { tries: 0, failed: 0 });
    this.#wake();
  }

  withdraw(id) {
    const item = this.queue.find((one) => one.client_message_id === id);
    this.#unqueue(id);
    return item?.text ?? '';
  }

  leave() {
    for (const name of ['talk', 'seen', 'draft', ...this.#storage.names('queue ')]) this.#storage.set(name);
    this.#adopt();
  }

  check() {
    const subject = this.#storage.get('talk')?.subject;
    if (subject && subject !== this.#options().subject) this.leave();
  }

  #sync() {
    if (this.#storage.get('talk')?.id !== this.#talk?.id) this.#adopt();
    this.#changed();
  }

  #adopt() {
    this.#talk = this.#storage.get('talk');
    this.messages.clear();
    this.#cursor = 0;
    this.state = NEW;
    this.loaded = !this.#talk || this.#fresh;
    this.#drop(this.#talk ? 'connecting' : 'idle');
    if (this.#talk) this.#keepUp(this.#talk);
    this.#flush();
    this.#changed();
  }

  async #ensure() {
    if (this.#talk) return this.#talk;
    await alone(`${this.#storage.prefix} open`, async () => {
      if (this.#storage.get('talk')) return;
      const { locale, identity, subject } = this.#options();
      let opened;
      try {
        opened = await this.#api.open(locale, identity);
      } catch (error) {
        if (!identity || error.status < 400 || error.status > 422) throw error;
        opened = await this.#api.open(locale); // the identity has expired: go on as anybody
      }
      this.#fresh = true;
      this.#storage.set('talk', { id: opened.conversation_id, token: opened.token, subject });
      this.#storage.set('seen');
    });
    if (!this.#talk) this.#adopt();
    return this.#talk;
  }

  /** The gateway no longer knows it: what is still to be said opens another. */
  #forget(talk) {
    if (this.#storage.get('talk')?.id === talk.id) this.#storage.set('talk');
    if (this.#talk === talk) this.#adopt();
  }

  async #keepUp(talk) {
    const life = this.#life.signal;
    const ours = () => talk === this.#talk && !life.aborted;
    let failures = 0;
    while (ours()) {
      while (this.#asleep && ours()) await this.#pause(2 ** 31 - 1);
      this.#line = new AbortController();
      const { signal } = this.#line;
      const began = Date.now();
      try {
        const wait = !this.#streams && this.loaded && !this.#idle ? POLL_WAIT : 0;
        const { messages, ...state } = await this.#api.read(talk, this.#cursor, wait, signal);
        if (!ours()) return;
        this.#fresh = false;
        this.#take(messages, state);
        this.loaded = true;
        this.#live();
        if (this.#streams) await this.#listen(talk, signal, ours);
        failures = this.#streams && Date.now() - began < STEADY ? failures + 1 : 0;
        if (!signal.aborted) await this.#pause(this.#streams ? backOff(failures) : this.#idle ? POLL_PAUSE : 1000);
      } catch (error) {
        if (!ours()) return;
        if (error.gone && !this.#fresh) return void this.#forget(talk);
        if (signal.aborted && this.link !== 'offline') continue;
        this.#link('offline');
        failures += 1;
        await this.#pause(error.retryAfter || backOff(failures));
      }
    }
  }

  async #listen(talk, signal, ours) {
    let heard = false;
    try {
      for await (const { event, data } of this.#api.stream(talk, this.#cursor, signal)) {
        if (!ours()) return;
        heard = true;
        this.#mute = 0;
        if (event === 'state') this.#take([], data);
        else this.#take([data]);
      }
    } catch { /* the loop that called begins again */ }
    if (!heard && !signal.aborted) this.#mute += 1;
  }

  get #streams() {
    return this.#mute < 2;
  }

  #take(messages, state) {
    const arrived = messages.filter((message) => message?.id > this.#cursor);
    const sending = this.#flushing && this.queue.find((item) => !item.failed);
    for (const message of arrived) {
      this.#cursor = Math.max(this.#cursor, message.id);
      // The echo of a message may overtake the answer to sending it.
      const echo = this.loaded && message.author === 'customer' && sending && plain(message) === sending.text;
      const key = echo ? sending.client_message_id : this.messages.get(message.id)?.key;
      this.messages.set(message.id, { ...message, key });
    }
    if (state) this.state = { ...this.state, ...state };
    if (arrived.length) this.dispatchEvent(new CustomEvent('arrival', { detail: arrived }));
    this.#changed();
  }

  #edit(id, changes) {
    this.#storage.set(`queue ${id}`, { ...this.#storage.get(`queue ${id}`), ...changes });
    this.#changed();
  }

  #unqueue(id) {
    this.#storage.set(`queue ${id}`);
    this.#changed();
  }

  async #flush() {
    if (this.#flushing || !this.#life || this.#life.signal.aborted) return;
    this.#flushing = true;
    try {
      await alone(`${this.#storage.prefix} send`, async () => {
        let gone = 0;
        for (;;) {
          const item = this.queue.find((one) => !one.failed);
          if (!item || this.#life.signal.aborted) return;
          try {
            for (let left; (left = this.#notBefore - Date.now()) > 0;) await this.#pause(left);
            await this.#hand(item);
          } catch (error) {
            if (!error.gone || gone++) await this.#miss(item, error);
          }
        }
      });
    } finally {
      this.#flushing = false;
    }
  }

  async #hand(item) {
    const talk = await this.#ensure();
    try {
      const { message_id: id } = await this.#api.send(talk, item);
      this.#fresh = false;
      this.busy = false;
      const message = { id, author: 'customer', parts: [{ type: 'text', text: item.text }], created_at: new Date(item.at) };
      this.messages.set(id, { ...message, ...this.messages.get(id), key: item.client_message_id });
      this.#unqueue(item.client_message_id);
      if (!this.#streams) this.#drop();
      this.#link('live');
    } catch (error) {
      if (error.gone && !this.#fresh) this.#forget(talk);
      throw error;
    }
  }

  async #miss(item, error) {
    const id = item.client_message_id;
    if (error.final) {
      this.#edit(id, { failed: error.status });
    } else if (error.status === 429) {
      this.busy = true;
      this.#notBefore = Date.now() + (error.retryAfter || 2000);
      this.#changed();
    } else {
      const tries = (item.tries ?? 0) + 1;
      this.#edit(id, { tries });
      if (!error.status) this.#link('offline');
      await this.#pause(backOff(tries));
    }
  }

  get #idle() {
    return !this.awaiting && (this.state.owner === 'bot' || this.state.owner === 'closed');
  }

  #pause(milliseconds) {
    if (!milliseconds) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#wakers.add(done);
    });
  }

  #wake() {
    this.#asleep = false;
    this.#flush();
    for (const done of [...this.#wakers]) done();
  }

  #sleep() {
    this.#asleep = true;
    this.#drop();
  }

  /** Ends the stream or poll; its loop goes on. */
  #drop(link) {
    this.#line.abort();
    if (link) this.#link(link);
    if (link !== 'offline') for (const done of [...this.#wakers]) done();
  }

  #live() {
    this.#link('live');
    this.#flush();
  }

  #link(link) {
    if (this.link === link) return;
    this.link = link;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

/** On plain http pages too, where `crypto.randomUUID` is missing. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** What outlives the page, or memory; each value and queued message has its own place, so that no tab overwrites another's. */
export class Storage {
  #memory = new Map();

  constructor(base) {
    this.prefix = `dukan:${base}:`;
  }

  get(name) {
    let text = this.#memory.get(name);
    try {
      text ??= localStorage.getItem(this.prefix + name);
      return JSON.parse(text ?? 'null');
    } catch {
      return null;
    }
  }

  set(name, value) {
    this.#memory.delete(name);
    try {
      if (value === undefined) localStorage.removeItem(this.prefix + name);
      else localStorage.setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      if (value !== undefined) this.#memory.set(name, JSON.stringify(value));
    }
  }

  names(start) {
    const names = [...this.#memory.keys()];
    try {
      names.push(...Object.keys(localStorage).map((key) => key.replace(this.prefix, '')));
    } catch { /* memory serves */ }
    return names.filter((name) => name.startsWith(start));
  }

  watch(callback, signal) {
    addEventListener('storage', ({ key }) => (key ?? this.prefix).startsWith(this.prefix) && callback(), { signal });
  }
}

/** One piece of such work at a time among all tabs. */
function alone(name, work) {
  return navigator.locks && origin !== 'null' ? navigator.locks.request(name, work) : work();
}
