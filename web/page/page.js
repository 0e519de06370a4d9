// Loads the app, gives it what it needs of the browser, and offers `window.kerf` (see EMBED.md).
import init, * as app from './@@kerf.js@@';
import { listen } from './@@files.js@@';
import { claim, claims, isAlone, session } from './@@sessions.js@@';
import { compileWorker, inPieces, modelSeen, readEarly, startWorker, warmWebGl } from './@@workers.js@@';

const $ = (id) => document.getElementById(id);
const here = (name) => new URL(name, import.meta.url);
const params = new URLSearchParams(location.search);

// ---- Troubles ----

/** Replaces the page by a message; the first one wins. */
function trouble(title, text) {
  if (!$('trouble').hidden) return;
  $('loading').hidden = true;
  $('trouble-title').textContent = title;
  $('trouble-text').textContent = text;
  $('trouble').hidden = false;
  emit('error', { title, details: [text] });
  for (const { reject } of replies.values()) reject(new Error(`${title}: ${text}`));
  replies.clear();
}
$('trouble-reload').onclick = () => location.reload();

// ---- window.kerf ----

const listeners = new Map();
const replies = new Map();
let nextReply = 1;

function emit(event, detail) {
  for (const callback of listeners.get(event) ?? []) {
    try { callback(detail); } catch (error) { console.error(error); }
  }
}

/** Starts a question to the app; the app answers through `page.reply`. */
function ask(start) {
  return new Promise((resolve, reject) => {
    if (!$('trouble').hidden) return reject(new Error($('trouble-title').textContent));
    const number = nextReply++;
    replies.set(number, { resolve, reject });
    start(number);
  });
}

let isReady;
let isBroken;
const ready = new Promise((resolve, reject) => { isReady = resolve; isBroken = reject; });
// Whoever embeds the page may not look at `ready` at all.
ready.catch(() => {});

window.kerf = {
  ready,
  async open(source, name) {
    await ready;
    const file = asFile(source, name);
    return ask((reply) => app.pageOpen([file.name], [file.source], reply));
  },
  on(event, callback) {
    if (!listeners.has(event)) listeners.set(event, new Set());
    listeners.get(event).add(callback);
    return () => listeners.get(event).delete(callback);
  },
  async command(id, args = null) {
    await ready;
    return ask((reply) => app.pageCommand(id, JSON.stringify(args), reply));
  },
  state() {
    const text = started ? app.pageState() : '';
    return text ? JSON.parse(text) : null;
  },
  async screenshot(options = null) {
    await ready;
    return ask((reply) => app.pageScreenshot(JSON.stringify(options), reply));
  },
};

function asFile(source, name) {
  if (source instanceof Blob) return { name: name ?? source.name ?? 'model', source };
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return { name: name ?? 'model', source: new Blob([source]) };
  const url = new URL(String(source), location.href);
  return { name: name ?? (decodeURIComponent(url.pathname.split('/').pop()) || url.hostname), source: url.href };
}

function openFiles(files) {
  ready.then(() => handOver(files), () => {});
}

/** The app opens files from when it is prepared on. */
function handOver(files) {
  if (files.length > 0) app.pageOpen(files.map((file) => file.name), files.map((file) => file.source), 0);
}

// ---- Storage ----

const STORE = 'kept';
let database;

function store() {
  database ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open('kerf', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  return database;
}

async function inStore(mode, act) {
  const transaction = (await store()).transaction(STORE, mode);
  const request = act(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** What was stored before, asked for at once, since the app opens nothing before it knows. */
const storedBefore = session.then(() => inStore('readonly', (kept) => kept.getAllKeys())).catch(() => []);

/** Whether anything may be stored; unlike the store itself this is known at once. */
function mayHaveStored() {
  try { return localStorage.getItem('kerf-has-stored') !== null; } catch { return true; }
}
function noteStored() {
  try { localStorage.setItem('kerf-has-stored', ''); } catch { /* The store is asked, then. */ }
}

/** Keys of what sessions stored begin with this; their names follow. */
const RECORDS = 'autosave/';

/** Whether there was no other tab when it was known what is stored. */
let wasAlone = false;
const claimedBefore = storedBefore.then(async (keys) => {
  await claim(keys.filter((key) => key.startsWith(RECORDS)).map((key) => key.slice(RECORDS.length)));
  wasAlone = await isAlone();
});

/** What is written and forgotten is so in the order in which the app said it. */
let lastWrite = Promise.resolve();
function write(act) {
  const written = lastWrite.then(act);
  lastWrite = written.catch(() => {});
  return written;
}

// ---- The mirror of the widgets, for screen readers ----

const images = new Map();

/** Sets or removes an attribute. */
function put(element, name, value) {
  if (value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

function mirror({ focus, widgets }) {
  const root = $('mirror');
  const gone = new Set(images.keys());
  let before = null;
  for (const widget of widgets) {
    gone.delete(widget.id);
    let element = images.get(widget.id);
    if (!element) {
      element = document.createElement('div');
      element.id = `widget-${widget.id}`;
      element.tabIndex = -1;
      element.onclick = () => app.pageClicked(widget.id);
      images.set(widget.id, element);
    }
    const after = before ? before.nextSibling : root.firstChild;
    if (element !== after) root.insertBefore(element, after);
    before = element;
    const isText = widget.role === 'text';
    put(element, 'role', isText ? null : widget.role);
    put(element, 'aria-label', isText ? null : widget.name);
    const text = isText ? widget.name : widget.role === 'textbox' ? widget.value ?? '' : '';
    if (element.textContent !== text) element.textContent = text;
    put(element, 'aria-valuetext', widget.role === 'textbox' || isText ? null : widget.value);
    put(element, 'aria-valuenow', widget.number);
    // egui tells of pressed buttons and chosen rows in the way it tells of checked boxes.
    const isChecked = ['checkbox', 'switch', 'radio'].includes(widget.role);
    put(element, 'aria-checked', isChecked ? widget.checked : null);
    put(element, 'aria-pressed', widget.role === 'button' ? widget.checked : null);
    put(element, 'aria-selected', isChecked || widget.role === 'button' ? null : widget.selected ?? widget.checked);
    put(element, 'aria-expanded', widget.expanded);
    put(element, 'aria-disabled', widget.disabled ? true : null);
    put(element, 'aria-description', widget.description);
    const [x, y, width, height] = widget.box;
    element.style.cssText = `left:${x}px;top:${y}px;width:${width}px;height:${height}px`;
  }
  for (const id of gone) {
    images.get(id).remove();
    images.delete(id);
  }
  put($('view'), 'aria-activedescendant', images.has(focus) ? `widget-${focus}` : null);
}

// ---- What the app may ask for ----

/** When the app is to be stepped next, in the page's milliseconds. */
let nextStep = Infinity;
const now = new MessageChannel();
now.port1.onmessage = step;

function step() {
  if (performance.now() + 1 < nextStep) return;
  nextStep = Infinity;
  if (started) app.step();
}

/** Who waits for a task of their own. */
const breaths = [];
const breathing = new MessageChannel();
breathing.port1.onmessage = () => breaths.shift()();

/** Waits until the page has done what it has to do, where the browser can tell, and for a task of its own elsewhere. */
function breath() {
  if (window.scheduler?.postTask) return scheduler.postTask(() => {}, { priority: 'background' });
  return new Promise((resolve) => { breaths.push(resolve); breathing.port2.postMessage(0); });
}

const page = {
  stepAfter(millis) {
    const at = performance.now() + millis;
    if (at >= nextStep) return;
    nextStep = at;
    // Timers are held back when many follow each other; messages are not.
    if (millis < 1) now.port2.postMessage(0); else setTimeout(step, millis);
  },
  breath,
  hasGraphics: () => graphicsReady,
  startWorker,
  chooseFiles: () => $('picker').click(),
  download(name, bytes) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([bytes]));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },
  store(key, bytes) {
    // The bytes lie in Wasm memory, which may move before the store looks at them.
    const copy = bytes.slice();
    noteStored();
    write(() => inStore('readwrite', (kept) => kept.put(copy, key)))
      .catch((error) => app.pageStoreFailed(key, String(error?.message ?? error)));
  },
  load(key) {
    inStore('readonly', (kept) => kept.get(key)).catch(() => undefined).then((bytes) => app.pageStored(key, bytes));
  },
  forget(key) {
    write(async () => {
      // A tab that has come since then may count on what several tabs share.
      if (!key.startsWith(RECORDS) && !await isAlone()) return;
      await inStore('readwrite', (kept) => kept.delete(key));
    }).catch(() => {});
  },
  listStored() { claimedBefore.then(() => storedBefore).then((keys) => app.pageStoredKeys(keys)); },
  claims,
  isAlone: () => wasAlone,
  emit(event, text) {
    const detail = JSON.parse(text);
    if (event === 'error' || event === 'notice') $('news').textContent = [detail.title, ...(detail.details ?? [])].join('. ');
    if (event === 'loaded') $('news').textContent = `${detail.name} is shown`;
    emit(event, detail);
  },
  mirror: (text) => mirror(JSON.parse(text)),
  reply(number, error, answer) {
    const { resolve, reject } = replies.get(number) ?? {};
    replies.delete(number);
    if (error == null) resolve?.(JSON.parse(answer)); else reject?.(new Error(error));
  },
  replyBytes(number, mime, bytes) {
    replies.get(number)?.resolve(new Blob([bytes.slice()], { type: mime }));
    replies.delete(number);
  },
  mark(name) {
    performance.mark(name);
    if (name === 'kerf:interactive') $('loading').hidden = true;
    if (name === 'kerf:model-visible') modelSeen();
  },
  session: () => sessionName,
  openAddress: (address) => openFiles([asFile(address)]),
  graphicsLost,
};

// ---- Start ----

/** The module's bytes as they come, with the bar showing how many of them are here. */
async function download() {
  const response = await fetch(here('@@kerf.wasm@@'), { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`the server answered ${response.status} for the program`);
  let got = 0;
  // Chunks may come so quickly that drawing how many there are would hold up the rest.
  let shownMs = -Infinity;
  return inPieces(response, {
    see(chunk) {
      got += chunk.length;
      if (performance.now() < shownMs + 100) return;
      shownMs = performance.now();
      // The body is decoded here, so it is counted against the decoded size, however it was compressed.
      $('bar').value = got;
      $('step').textContent = `${(got / 1e6).toFixed(1)} of ${($('bar').max / 1e6).toFixed(1)} MB`;
    },
    flush() {
      $('bar').value = got;
      $('step').textContent = 'Starting';
      // The worker's code comes after ours, so that it does not hold it up, and is ready when the first file is.
      compileWorker().catch(() => {});
    },
  });
}

/** `webgpu` where a device can really be had, `webgl` otherwise; `null` when WebGPU is forced and not there. */
async function chooseRenderer() {
  const forced = params.get('renderer');
  if (forced !== 'webgl' && navigator.gpu) {
    try {
      if (await navigator.gpu.requestAdapter()) return 'webgpu';
    } catch { /* no WebGPU then */ }
  }
  if (forced === 'webgpu') return null;
  // Whether there is WebGL shows when the app asks for it.
  await warmWebGl($('view'));
  return 'webgl';
}

/** Whether an app that did not start could have drawn with WebGL. */
const hasWebGl = () => document.createElement('canvas').getContext('webgl2') != null;

let started = false;
let graphicsReady = false;
let sessionName;

/** Whether 128-bit vectors are there, which the program uses: a function that makes one is a valid module. */
const hasVectors = () => WebAssembly.validate(new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]));

async function start() {
  if (!hasVectors()) {
    throw Object.assign(new Error('This browser is from before 2023 and lacks what Kerf computes with (WebAssembly SIMD).\nUpdate it, or use a current Chrome, Edge, Firefox or Safari.'), { title: 'Kerf cannot run here' });
  }
  const choice = chooseRenderer();
  choice.then(() => { graphicsReady = true; }, () => {});
  const loaded = download().then((response) => init({ module_or_path: response }));
  [sessionName] = await Promise.all([session, loaded]);
  const { clientWidth, clientHeight } = $('view');
  // What needs no graphics is done while the browser gets those ready.
  const [renderer] = await Promise.all([choice, app.prepare(page, clientWidth, clientHeight)]);
  handOver(models);
  try {
    if (!renderer) throw new Error('no WebGPU');
    watchContext($('view'));
    await app.start($('view'), renderer);
  } catch (error) {
    if (renderer && hasWebGl()) throw error;
    const text = params.get('renderer') === 'webgpu'
      ? 'The address of this page asks for WebGPU (renderer=webgpu), which this browser does not offer. Leave that out.'
      : 'This browser offers neither WebGPU nor WebGL 2.\nSwitch on hardware acceleration in its settings, or use a current Chrome, Edge, Firefox or Safari.';
    throw Object.assign(new Error(text), { title: 'Kerf cannot draw here' });
  }
  started = true;
  isReady();
}

// ---- What can go wrong later ----

const COMES_BACK = 'Your work was saved up to about a second ago and comes back when you reload the page.';

/** Wasm trapped: nothing in its memory can be trusted any more. */
function stopped(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  const words = app.lastWords?.();
  // A panic leaves its words; where there are none, an allocation failed.
  if (!words && error.message.includes('unreachable')) trouble('Kerf stopped: no memory was left', COMES_BACK);
  else trouble('Kerf stopped because of a mistake of ours', `${COMES_BACK}\n${words ?? error.message}`);
}
window.addEventListener('error', ({ error }) => stopped(error));
window.addEventListener('unhandledrejection', ({ reason }) => stopped(reason));

/** Pauses before another device is asked for; after the last one the page gives up. */
const RETRIES_MS = [0, 500, 2000, 5000];
/** A device that is lost so often within so long will be lost again. */
const MOST_LOSSES = 3;
const LOSSES_WITHIN_MS = 60_000;

let losses = [];
let isRestarting = false;

function watchContext(canvas) {
  canvas.addEventListener('webglcontextlost', (event) => graphicsLost(event.statusMessage || 'the WebGL context was lost'));
}

/** Goes on with another graphics device: the document is in our memory, and everything on the GPU is made from it. */
async function graphicsLost(reason) {
  if (isRestarting || !started) return;
  isRestarting = true;
  console.warn(`the graphics device was lost: ${reason}`);
  app.lose();
  losses = [...losses.filter((at) => at > performance.now() - LOSSES_WITHIN_MS), performance.now()];
  for (const pause of losses.length > MOST_LOSSES ? [] : RETRIES_MS) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    // A canvas whose context was lost gives no other one.
    const canvas = $('view').cloneNode(false);
    $('view').replaceWith(canvas);
    try {
      watchContext(canvas);
      await app.restart(canvas, await chooseRenderer() ?? 'webgl');
      isRestarting = false;
      canvas.focus();
      return;
    } catch (error) {
      console.warn(error);
    }
  }
  trouble('The graphics device was lost', `${COMES_BACK}\n${reason}`);
}

listen({ open: openFiles, picker: $('picker'), hint: $('drop') });
const models = params.getAll('model').map((model) => asFile(model));
// Work of an earlier visit comes back first, maybe with this very model.
if (models.length > 0) {
  if (mayHaveStored()) storedBefore.then((keys) => { if (keys.length === 0) readEarly(models[0]); });
  else readEarly(models[0]);
}
start().catch((error) => {
  console.error(error);
  trouble(error.title ?? 'Kerf could not start', error.message ?? String(error));
  isBroken(error);
});
