// Workers that run jobs. The first one may start before the app asks for it: it reads the model that the page's address
// names while the app itself is still on its way.

const here = (name) => new URL(name, import.meta.url);

let workerModule;

/** The worker's code, compiled once for all workers. */
export const compileWorker = () => workerModule ??= WebAssembly.compileStreaming(fetch(here('@@worker.wasm@@')));

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
  post({ type: 'early', name, source, token });
  waiting = worker;
}

/**
 * Lets a worker make a WebGL context, so that the page's own one comes at once: the first of a browser takes up to half
 * a second, which would block the page.
 */
export async function warmWebGl() {
  if (!window.OffscreenCanvas) return;
  const worker = new Worker(here('@@worker.js@@'), { type: 'module', name: 'kerf graphics' });
  worker.postMessage({ type: 'graphics' });
  // The page does not depend on it.
  await new Promise((resolve) => { worker.onmessage = worker.onerror = resolve; setTimeout(resolve, 2000); });
  // As long as it lives, so does what it has opened.
  setTimeout(() => worker.terminate(), 10_000);
}
