// A mark says from which input something was made. It is written last: without its mark, a thing is unfinished.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One digest for files and directories, by name and content; one that is missing counts as such. */
export function digest(root, names, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const name of names) add(hash, root, name);
  return hash.digest('hex');
}

function add(hash, root, name) {
  const file = path.join(root, name);
  if (!existsSync(file)) {
    hash.update(`missing ${name}\n`);
    return;
  }
  let entries;
  try {
    entries = readdirSync(file).sort();
  } catch (error) {
    if (error.code !== 'ENOTDIR') throw error;
    const content = readFileSync(file);
    hash.update(`file ${name} ${content.length}\n`).update(content);
    return;
  }
  for (const entry of entries) add(hash, root, path.join(name, entry));
}

export function readMark(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

export function writeMark(file, mark) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, `${JSON.stringify(mark)}\n`);
  renameSync(`${file}.tmp`, file);
}

export function removeMark(file) {
  rmSync(file, { force: true });
}
