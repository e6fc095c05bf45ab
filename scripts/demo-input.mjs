// Real input for the demo: TPC-H orders at scale 0.1 (150,000 rows) with 300 damaged rows among them, which it lists.
// The same every time: the same file is what a second run must recognize.
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import path from 'node:path';
import { execa } from 'execa';

/** Each kind of damage: how many rows, what is done to a row's fields, and what becomes of it. */
export const DAMAGE = [
  { kind: 'unreadable date', rows: 60, fate: 'quarantined', change: (f) => f.with(4, '1996-13-45') },
  { kind: 'negative price', rows: 60, fate: 'quarantined', change: (f) => f.with(3, `-${f[3]}`) },
  { kind: 'unknown status', rows: 60, fate: 'quarantined', change: (f) => f.with(2, '?') },
  { kind: 'missing key', rows: 60, fate: 'quarantined', change: (f) => f.with(0, '') },
  { kind: 'too few columns', rows: 30, fate: 'quarantined', change: (f) => f.slice(0, 5) },
  { kind: 'repeated order', rows: 30, fate: 'deduplicated', change: (f) => f },
];
export const DAMAGED_ROWS = DAMAGE.reduce((sum, d) => sum + d.rows, 0);

/** One damaged row after every so many good ones. */
const EVERY = 499;

/**
 * Writes orders.csv and damaged.csv (line, kind, row) into `directory`, unless they are there.
 * @returns {Promise<{file: string, damaged: string, rows: number, made: boolean}>}
 */
export async function makeInput({ directory, tpchgen, scale = '0.1' }) {
  const file = path.join(directory, 'orders.csv');
  const damaged = path.join(directory, 'damaged.csv');
  if (existsSync(file) && existsSync(damaged)) return { file, damaged, made: false };
  await mkdir(directory, { recursive: true });
  const draft = await mkdtemp(path.join(directory, '.draft-'));
  try {
    await execa(tpchgen, ['csv', '-s', scale, '--tables=orders', '-o', draft]);
    const list = await damage(path.join(draft, 'orders.csv'), path.join(draft, 'with-damage.csv'));
    await writeFile(damaged, `line,kind,fate,row\n${list.map((d) => `${d.line},${d.kind},${d.fate},${JSON.stringify(d.row)}`).join('\n')}\n`);
    await rename(path.join(draft, 'with-damage.csv'), file);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return { file, damaged, made: true };
}

async function damage(from, to) {
  const plan = DAMAGE.flatMap((d) => Array.from({ length: d.rows }, () => d));
  const list = [];
  const out = createWriteStream(to);
  let line = 0;
  let good = 0;
  const write = async (text) => {
    line += 1;
    if (!out.write(`${text}\n`)) await once(out, 'drain');
  };
  for await (const row of createInterface({ input: createReadStream(from), crlfDelay: Infinity })) {
    await write(row);
    // The first line is the header; the comment is the last field and the only one that holds commas.
    if (line === 1) continue;
    good += 1;
    if (good % EVERY !== 0 || list.length >= plan.length) continue;
    const { kind, fate, change } = plan[(list.length * 7) % plan.length];
    const fields = row.split(',');
    const changed = change([...fields.slice(0, 8), fields.slice(8).join(',')]).join(',');
    await write(changed);
    list.push({ line, kind, fate, row: changed });
  }
  out.end();
  await once(out, 'finish');
  if (list.length !== plan.length) throw new Error(`only ${list.length} of ${plan.length} damaged rows fit into the input`);
  return list;
}
