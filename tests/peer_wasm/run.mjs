// Runs one workload of the boolean benchmark through our kernel as Wasm, as the driver of the benchmark expects it:
//   cargo build -p peer_wasm --profile web --target wasm32-unknown-unknown
//   OURS="node tests/peer_wasm/run.mjs MODULE.wasm" bench.py --peers ours,manifold-3d-wasm ...
// With KERF_SELF=trust operands are not searched for self-intersections; the other peers do not search either.
import { readFileSync, writeFileSync } from "node:fs";

const [module, input, output, repetitions] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(module), {});
const wasm = instance.exports;
const file = readFileSync(input);
const trusts = process.env.KERF_SELF === "trust";

const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e3; };
const times = { import: [], bool: [], export: [], cpu: [], cpu_total: [] };
let status = "ok";
const check = (went_well) => {
  if (went_well) return true;
  const start = wasm.peer_problem();
  status = new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, start, wasm.peer_problem_length()));
  return false;
};

for (let i = 0; i < Number(repetitions); i++) {
  const [start, cpu_start] = [performance.now(), cpu()];
  const room = wasm.peer_room(file.length);
  new Uint8Array(wasm.memory.buffer, room, file.length).set(file);
  if (!check(wasm.peer_prepare())) break;
  const [prepared, cpu_prepared] = [performance.now(), cpu()];
  if (!check(wasm.peer_boolean(trusts))) break;
  const [computed, cpu_computed] = [performance.now(), cpu()];
  const positions = new Float64Array(wasm.memory.buffer, wasm.peer_positions(), wasm.peer_num_positions() * 3).slice();
  const triangles = new Uint32Array(wasm.memory.buffer, wasm.peer_triangles(), wasm.peer_num_triangles() * 3).slice();
  times.import.push(prepared - start);
  times.bool.push(computed - prepared);
  times.export.push(performance.now() - computed);
  times.cpu.push(cpu_computed - cpu_prepared);
  times.cpu_total.push(cpu() - cpu_start);
  wasm.peer_forget();
  const head = Buffer.alloc(20);
  head.write("BMS1");
  [0, 1, positions.length / 3, triangles.length / 3].forEach((number, place) => head.writeUInt32LE(number, 4 + place * 4));
  writeFileSync(output, Buffer.concat([head, Buffer.from(positions.buffer), Buffer.from(triangles.buffer)]));
}
console.log(JSON.stringify({ ...times, rss_kb: Math.round(process.memoryUsage().rss / 1024), status }));
