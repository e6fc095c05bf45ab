// S3 in memory, as far as the auditor reads it.
import type { ObjectFacts, Objects } from '../../../src/lambdas/job-auditor/objects.js';

export class FakeObjects implements Objects {
  private readonly versions = new Map<string, ObjectFacts>();
  private readonly current = new Map<string, ObjectFacts>();
  private readonly texts = new Map<string, string>();
  /** Thrown by the next reads of texts. */
  broken: Error | undefined;

  /** A version of a key; the last one put is the current one. */
  put(bucket: string, key: string, facts: ObjectFacts): void {
    this.versions.set(`${bucket}/${key}@${facts.version}`, facts);
    this.current.set(`${bucket}/${key}`, facts);
  }

  remove(bucket: string, key: string, version: string): void {
    this.versions.delete(`${bucket}/${key}@${version}`);
    this.current.delete(`${bucket}/${key}`);
  }

  write(bucket: string, key: string, value: unknown): void {
    this.texts.set(`${bucket}/${key}`, typeof value === 'string' ? value : JSON.stringify(value));
  }

  facts(bucket: string, key: string, version: string | null): Promise<ObjectFacts | null> {
    return Promise.resolve((version === null ? this.current.get(`${bucket}/${key}`) : this.versions.get(`${bucket}/${key}@${version}`)) ?? null);
  }

  text(bucket: string, key: string): Promise<string | null> {
    return this.broken ? Promise.reject(this.broken) : Promise.resolve(this.texts.get(`${bucket}/${key}`) ?? null);
  }
}
