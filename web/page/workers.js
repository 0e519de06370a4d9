// Workers that run jobs. The first one may start before the app asks for it: it reads the model that the page's address
// names while the app itself is still on its way.

const here = (name) => new URL(name, import.meta.url);

let workerModule;

/** How long the page takes in code before it does something else. */
const MAX_BUSY_MILLIS = 8;

/**
 * A response with code, which is compiled as it comes; between its pieces the page does what else it has to do. Where it is
 * all there at once, its pieces would be one long task. `see` is told of each piece, `flush` of the end.
 */
export function inPieces(response, { see, flush } = {}) {
  let pausedMs = -Infinity;
  const pieces = new TransformStream({
    async transform(chunk, out) {
      see?.(chunk);
      // Small pieces come with pauses of their own; and where nobody looks, timers are slow.
      if (!document.hidden && performance.now() > pausedMs + MAX_BUSY_MILLIS) {
        await new Promise((resolve) => setTimeout(resolve));
        pausedMs = performance.now();
      }
      out.enqueue(chunk);
    },
    flush,
  });
  return new Response(response.body.pipeThrough(pieces), { headers: { 'content-type': 'application/wasm' } });
}

async function loadWorker() {
  const response = await fetch(here('@@worker.wasm@@'));
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return WebAssembly.compileStreaming(inPieces(response));
}

/** The worker's code, compiled once for all workers. */
export const compileWorker = () => workerModule ??= loadWorker();

/** A worker that has started and waits for the app to take it. */
let waiting = null;
let isAppThere = false;

/** A worker that gets its module as soon as that is compiled. */
export function startWorker() {
  const worker = waiting ?? make();
  waiting = null;
  isAppThere = true;
  return worker;
}

function make() {
  const worker = new Worker(here('@@worker.js@@'), { type: 'module', name: 'kerf jobs' });
  tellWhenGone(worker);
  compileWorker().then((module) => worker.postMessage({ type: 'init', module }), (error) => {
    // The next worker tries again.
    workerModule = undefined;
    worker.dispatchEvent(new ErrorEvent('error', { message: `its code could not be loaded (${error.message})` }));
  });
  return worker;
}

/** Has a worker that ends without a word, which browsers do not tell, end with an error. */
function tellWhenGone(worker) {
  let isWanted = true;
  const terminate = worker.terminate.bind(worker);
  worker.terminate = () => { isWanted = false; terminate(); };
  worker.addEventListener('message', ({ data }) => {
    if (data.type !== 'alive') return;
    navigator.locks.request(data.lock, () => {
      if (isWanted) worker.dispatchEvent(new ErrorEvent('error', { message: 'it ended without a word' }));
    }).catch(() => {});
  });
}

/** Known until something of the model is seen that was read early. */
let unseen = null;

/** Lets a worker go on that waits for the first picture of its model. */
export function modelSeen() {
  if (unseen) URL.revokeObjectURL(unseen);
  unseen = null;
}

/**
 * Starts a worker and lets it read a model given by address, as the app will ask it to. What it tells until the app has
 * asked is kept; after that it belongs to the app's job.
 */
export function readEarly({ name, source }) {
  // Too late: the app's own job is as soon.
  if (isAppThere) return;
  const worker = make();
  const token = URL.createObjectURL(new Blob());
  const kept = [];
  let job = null;
  const tell = (data) => worker.dispatchEvent(new MessageEvent('message', { data: { ...data, early: false, id: job } }));
  worker.addEventListener('message', (event) => {
    const { data } = event;
    if (data.type === 'lost' && waiting === worker) waiting = null;
    if (!data.early) return;
    event.stopImmediatePropagation();
    if (job === null) kept.push(data); else tell(data);
  });
  const post = worker.postMessage.bind(worker);
  worker.postMessage = (message, transfer) => {
    const isSame = ([, itsName, itsSource]) => itsName === name && itsSource === source;
    if (message.type === 'job' && job === null && message.files.length === 1 && isSame(message.files[0])) {
      job = message.id;
      setTimeout(() => kept.splice(0).forEach(tell));
    }
    if (message.type === 'cancel' && message.id === job) URL.revokeObjectURL(token);
    post(message, transfer);
  };
  unseen = URL.createObjectURL(new Blob());
  post({ type: 'early', name, source, token, unseen });
  waiting = worker;
}

/**
 * Makes the WebGL context of a canvas with the options that the renderer asks for, which then gets this one. Whoever asks
 * the browser's graphics something waits until those have done what they were told, which is half a second for the first
 * context of a browser, and the page waits along; so a worker asks until the answers come quickly, before and after.
 */
export async function warmWebGl(canvas) {
  if (!window.OffscreenCanvas) return;
  const worker = new Worker(here('@@worker.js@@'), { type: 'module', name: 'kerf graphics' });
  const calm = () => new Promise((resolve) => {
    worker.onmessage = ({ data }) => { if (data.type === 'graphics') resolve(); };
    worker.onerror = resolve;
    worker.postMessage({ type: 'graphics' });
    // The page does not depend on it.
    setTimeout(resolve, 2000);
  });
  await calm();
  canvas.getContext('webgl2', { antialias: false });
  await calm();
  // As long as it lives, so does what it has opened.
  setTimeout(() => worker.terminate(), 10_000);
}
