// What changes when a migration is added or edited, and at no other time: the property that makes CloudFormation run them.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export function hashOfMigrations(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.sql')).sort()) {
    // Names and contents are kept apart, so that no text can move from one into the other unseen.
    hash.update(file).update('\0').update(readFileSync(path.join(folder, file))).update('\0');
  }
  return hash.digest('hex');
}
