// Runs the scenes in a Wasm module and prints their names and hashes: `node run.mjs MODULE.wasm`.
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
const wasm = instance.exports;
for (let scene = 0; scene < wasm.same_bits_num_scenes(); scene++) {
  const [start, length] = [wasm.same_bits_name_pointer(scene), wasm.same_bits_name_length(scene)];
  const name = new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, start, length));
  const hash = BigInt.asUintN(64, wasm.same_bits_hash(scene));
  console.log(`${name} ${hash.toString(16).padStart(16, "0")}`);
}
