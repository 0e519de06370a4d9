// Which tabs are there. Each holds a Web Lock with the name of its session; the browser lets go of it when the tab ends,
// however it ends. So what a session left behind may be taken over exactly when its lock is free.

const PREFIX = 'kerf session ';

/** How long a tab that is loaded again waits for its former self to be gone. */
const PATIENCE_MS = 1000;

/** How long a tab may be gone before the browser notices, as when it crashed: until then it cannot be told from one that lives. */
const DEATH_MS = 500;

/** Absent in pages that did not come over a safe connection; then nobody knows of other tabs. */
const { locks } = navigator;

/** Takes the lock of a session and keeps it; false when another tab has it. */
function hold(session, patience) {
  const options = patience ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
  return new Promise((resolve) => {
    const taken = (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : null;
    };
    locks.request(PREFIX + session, options, taken).catch(() => resolve(false));
  });
}

const NAME = 'kerf-session';

/** The name of this tab: the same after it is loaded again, another one in a copy of a tab that is still there. */
async function ownName() {
  let name = null;
  try { name = sessionStorage.getItem(NAME); } catch { return 'private'; }
  if (name && (!locks || await hold(name, PATIENCE_MS))) return name;
  name = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  try { sessionStorage.setItem(NAME, name); } catch { /* then it has no name after it is loaded again */ }
  if (locks) await hold(name, 0);
  return name;
}

/** This tab's name, known once nobody else can take what it stores. */
export const session = ownName();

const claimed = new Set();

/** Takes over the sessions of these names whose tabs are gone. */
export async function claim(names) {
  const own = await session;
  claimed.add(own);
  const take = async (name) => { if (name === own || !locks || await hold(name, DEATH_MS)) claimed.add(name); };
  await Promise.all(names.map(take));
}

/** Whether a session is this tab's, or was taken over by it. */
export const claims = (name) => claimed.has(name);

/** Whether it is certain that there is no other tab. */
export async function isAlone() {
  if (!locks) return false;
  const { held } = await locks.query();
  const names = held.map(({ name }) => name).filter((name) => name.startsWith(PREFIX));
  return names.every((name) => claimed.has(name.slice(PREFIX.length)));
}
