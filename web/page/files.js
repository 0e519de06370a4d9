// Files that come to the page: dropped (with folders), pasted, chosen. They are handed on as names and Blobs; nobody
// reads them here.

/** Nobody means to open more files than this by dropping a folder. */
const MAX_FILES = 10_000;

/** Calls `open([{ name, source }])` with the files that come together. */
export function listen({ open, picker, hint }) {
  // In the capture phase, so that the app never sees a drop: it would read every file into its own memory.
  const on = (name, handler) => window.addEventListener(name, handler, { capture: true });
  let depth = 0;
  const take = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');
  const show = () => { hint.hidden = depth === 0; };
  on('dragenter', (event) => { if (carriesFiles(event)) { take(event); depth += 1; show(); } });
  on('dragleave', (event) => { if (carriesFiles(event)) { take(event); depth = Math.max(0, depth - 1); show(); } });
  on('dragover', (event) => {
    if (carriesFiles(event)) { take(event); event.dataTransfer.dropEffect = 'copy'; }
  });
  on('drop', async (event) => {
    if (!carriesFiles(event)) return;
    take(event);
    depth = 0;
    show();
    open(await dropped(event.dataTransfer));
  });
  on('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) { take(event); open(files.map(named)); }
  });
  picker.addEventListener('change', () => {
    const files = [...picker.files];
    picker.value = '';
    open(files.map(named));
  });
}

function named(file) {
  return { name: file.webkitRelativePath || file.name, source: file };
}

async function dropped(transfer) {
  // The list of items is emptied as soon as this handler yields, so everything is asked for first.
  const entries = [...transfer.items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry?.());
  if (entries.some((entry) => !entry)) return [...transfer.files].map(named);
  const found = [];
  await Promise.all(entries.map((entry) => collect(entry, '', found)));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function collect(entry, folder, found) {
  if (found.length >= MAX_FILES) return;
  const name = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise((resolve) => { entry.file(resolve, () => resolve(null)); });
    if (file) found.push({ name, source: file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives a hundred entries at a time, and none at the end.
    const inner = await new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
    if (inner.length === 0) return;
    await Promise.all(inner.map((child) => collect(child, `${name}/`, found)));
  }
}
