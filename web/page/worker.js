// A worker: takes jobs one after another, gets the files they need, runs them in Wasm, and tells when Wasm died.
import init, { read_early, remembered, run_job, side_files } from './@@worker-glue.js@@';

/** The job that runs or waits for its files: { id, abort }. */
let current = null;
let lastWords = '';
let initialised;
const ready = new Promise((resolve) => { initialised = resolve; });
let queue = Promise.resolve();
/** The file that was read before its job came: { name, source, entry }. */
let early = null;

// The browser lets go of this lock when the worker is gone, and gives it to the page, which waits for it: a worker that
// the system ends says nothing.
const alive = `kerf worker ${Math.random()}`;
navigator.locks?.request(alive, () => {
  self.postMessage({ type: 'alive', lock: alive });
  return new Promise(() => {});
}).catch(() => {});

self.kerfLastWords = (message) => { lastWords = message; };

self.onmessage = ({ data }) => {
  switch (data.type) {
    case 'init':
      init({ module_or_path: data.module }).then(initialised, lost);
      break;
    case 'graphics':
      waitForGraphics();
      self.postMessage({ type: 'graphics' });
      break;
    case 'early':
      queue = queue.then(() => readEarly(data)).catch(lost);
      break;
    case 'cancel':
      if (current?.id === data.id) current.abort.abort();
      break;
    case 'job':
      queue = queue.then(() => handle(data)).catch(lost);
      break;
  }
};

/** An answer of the browser's graphics that took so long came from ones that have nothing else to do. */
const CALM_MILLIS = 8;
/** How often they are asked at most. */
const MAX_QUESTIONS = 30;
let graphics = null;

/** Returns when the browser's graphics answer quickly. */
function waitForGraphics() {
  graphics ??= new OffscreenCanvas(1, 1).getContext('webgl2');
  for (let question = 0; graphics && question < MAX_QUESTIONS; question++) {
    const asked = performance.now();
    graphics.readPixels(0, 0, 1, 1, graphics.RGBA, graphics.UNSIGNED_BYTE, new Uint8Array(4));
    if (performance.now() - asked < CALM_MILLIS) return;
  }
}

/** Wasm trapped: nothing in its memory can be trusted any more, so the page replaces this worker. */
function lost(error) {
  // A panic leaves its words; where there are none, an allocation failed.
  const isAbort = error instanceof WebAssembly.RuntimeError && error.message.includes('unreachable');
  const message = lastWords || (isAbort ? 'no memory was left' : String(error?.message ?? error));
  self.postMessage({ type: 'lost', message });
  self.close();
}

/** Reads a model before the app is there to ask for it. */
async function readEarly({ name, source, token, unseen }) {
  const tell = (message, transfer) => self.postMessage({ ...message, early: true }, transfer);
  const entry = { name, source };
  const sources = new Map([[0, entry]]);
  await download(sources, new AbortController().signal, tell);
  if (entry.error) return;
  early = { name, source, entry };
  if (!NO_MODEL.test(name)) read_early(name, new Script(sources, token, tell, unseen));
}

async function handle({ id, request, files, token }) {
  current = { id, abort: new AbortController() };
  const tell = (message, transfer) => self.postMessage({ ...message, id }, transfer);
  const sources = new Map();
  const isEarly = early && files.length === 1 && files[0][1] === early.name && files[0][2] === early.source;
  for (const [number, name, source] of files) sources.set(number, isEarly ? early.entry : { name, source });
  early = null;
  try {
    await download(sources, current.abort.signal, tell);
    await ready;
  } catch (error) {
    current = null;
    if (error.name !== 'AbortError') throw error;
    self.postMessage({ type: 'cancelled', id });
    return;
  }
  const script = new Script(sources, token, tell);
  const answer = run_job(new Uint8Array(request), script, isEarly === true);
  current = null;
  const { arrays, aligns } = script;
  const known = remembered();
  self.postMessage({ type: 'done', id, answer, arrays, aligns, known }, [answer, known, ...arrays].map((bytes) => bytes.buffer));
}

/** How long a model that is being read waits for its first picture. */
const MAX_WAIT_MILLIS = 2500;

/** Whether it could sleep: browsers may allow that to pages with special headers only. */
function sleep(millis) {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.wait(new Int32Array(buffer), 0, 0, millis);
    return true;
  } catch {
    return false;
  }
}

/** Whether the page has not taken back a blob URL. */
function isKnown(url) {
  try {
    const probe = new XMLHttpRequest();
    probe.open('GET', url, false);
    probe.send();
    return true;
  } catch {
    return false;
  }
}

/** What Wasm may ask for while it runs; everything here is synchronous. */
class Script {
  constructor(sources, token, tell, unseen = null) {
    this.sources = sources;
    this.token = token;
    this.tell = tell;
    this.unseen = unseen;
    this.shown = { arrays: [], aligns: [] };
    this.reader = new FileReaderSync();
    this.arrays = [];
    this.aligns = [];
  }

  besideAnswer(bytes, align) {
    this.arrays.push(bytes.slice());
    this.aligns.push(align);
  }

  besidePreview(bytes, align) {
    this.shown.arrays.push(bytes.slice());
    this.shown.aligns.push(align);
  }

  preview(message) {
    const answer = message.slice();
    const { arrays, aligns } = this.shown;
    this.shown = { arrays: [], aligns: [] };
    this.tell({ type: 'preview', answer, arrays, aligns }, [answer, ...arrays].map((bytes) => bytes.buffer));
    this.waitUntilSeen();
  }

  // Two cores have enough to do with getting the app and the first picture ready: the rest of the model comes after that.
  waitUntilSeen() {
    if (!this.unseen || navigator.hardwareConcurrency > 2) return;
    const end = performance.now() + MAX_WAIT_MILLIS;
    while (performance.now() < end && isKnown(this.unseen) && !this.cancelled() && sleep(20)) { /* asks again */ }
  }

  report(phase, fraction) { this.tell({ type: 'progress', phase, fraction }, []); }

  now() { return performance.now(); }

  // No message arrives while Wasm runs, and memory is shared only with pages that send special headers. A blob URL is
  // known to the whole browser: the page revokes it to say stop, and a synchronous request for it then fails.
  cancelled() { return !isKnown(this.token); }

  size(number) { return this.bytesOf(number).size; }

  read(number, offset, into) {
    const { blob, chunks } = this.bytesOf(number);
    let filled = 0;
    if (blob) {
      const part = new Uint8Array(this.reader.readAsArrayBuffer(blob.slice(offset, offset + into.length)));
      into.set(part);
      filled = part.length;
    } else {
      for (const { at, bytes } of chunks) {
        if (filled === into.length) break;
        if (at + bytes.length <= offset) continue;
        const from = Math.max(0, offset - at);
        const part = bytes.subarray(from, from + into.length - filled);
        into.set(part, filled);
        filled += part.length;
      }
    }
    if (filled < into.length) throw new Error('the file ended early');
  }

  bytesOf(number) {
    const entry = this.sources.get(number);
    if (!entry) throw new Error('it is no longer in the page');
    if (entry.error) throw new Error(entry.error);
    if (entry.source instanceof Blob) return { size: entry.source.size, blob: entry.source };
    return entry.bytes;
  }

  beside(number, name) {
    const entry = this.sources.get(number);
    if (!entry || entry.source instanceof Blob) return undefined;
    const ready = entry.beside?.get(name);
    if (ready) return joined(ready);
    if (ready === null) return undefined;
    try {
      const request = new XMLHttpRequest();
      request.open('GET', besideUrl(entry.source, name), false);
      request.responseType = 'arraybuffer';
      request.send();
      return request.status >= 200 && request.status < 300 ? new Uint8Array(request.response) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Downloads what is given by address, and ahead of time the files beside it that it names. */
async function download(sources, signal, tell) {
  const post = (phase, fraction) => tell({ type: 'progress', phase, fraction }, []);
  for (const entry of sources.values()) {
    if (entry.source instanceof Blob || entry.bytes) continue;
    const title = `Downloading ${entry.name}`;
    post(title, 0);
    try {
      entry.bytes = await fetched(entry.source, signal, (fraction) => post(title, fraction));
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      entry.error = error.message;
      continue;
    }
    entry.beside = new Map();
    await ready;
    await downloadBeside(entry, signal, post);
  }
}

/** Files that are something else than models. */
const NO_MODEL = /\.(kerf|hdr|exr)$/i;
/** Files that name others by text; binary ones are asked for while the file is read, which is rare. */
const NAMES_OTHERS = /\.(gltf|obj|mtl)$/i;
/** References of an OBJ stand at its top. */
const OBJ_HEAD_BYTES = 1 << 16;

async function downloadBeside(entry, signal, post) {
  let names = referredTo(entry.name, entry.bytes);
  while (names.length > 0) {
    post(`Downloading ${names.length === 1 ? names[0] : `${names.length} files`}`, 0);
    const found = await Promise.all(names.map(async (name) => {
      try {
        return [name, await fetched(besideUrl(entry.source, name), signal, () => {})];
      } catch (error) {
        if (error.name === 'AbortError') throw error;
        return [name, null];
      }
    }));
    for (const [name, bytes] of found) entry.beside.set(name, bytes);
    names = found.flatMap(([name, bytes]) => (bytes ? referredTo(name, bytes) : []))
      .filter((name, at, all) => !entry.beside.has(name) && all.indexOf(name) === at);
  }
}

function referredTo(name, bytes) {
  if (!NAMES_OTHERS.test(name)) return [];
  const all = joined(bytes);
  const head = /\.obj$/i.test(name) ? all.subarray(0, OBJ_HEAD_BYTES) : all;
  return side_files(name, head).filter((other) => !/^([a-z]+:|\/|\\)/i.test(other) && !other.split(/[\\/]/).includes('..'));
}

function besideUrl(source, name) {
  return new URL(name.split(/[\\/]/).map(encodeURIComponent).join('/'), source).href;
}

/** The body of an address as { size, chunks: [{ at, bytes }] }. */
async function fetched(url, signal, progress) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  const expected = Number(response.headers.get('content-length')) || 0;
  const reader = response.body.getReader();
  const chunks = [];
  let size = 0;
  let told = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { size, chunks };
    chunks.push({ at: size, bytes: value });
    size += value.length;
    if (performance.now() - told > 50) {
      told = performance.now();
      // Compressed bodies grow past their announced length.
      progress(expected ? Math.min(1, size / expected) : 0);
    }
  }
}

function joined({ size, chunks }) {
  const all = new Uint8Array(size);
  for (const { at, bytes } of chunks) all.set(bytes, at);
  return all;
}
