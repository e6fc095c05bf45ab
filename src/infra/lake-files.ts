// The files that a new lake begins with: its predefined prefixes, and what each of them is for. Data only; the stack
// Lambda has them put there, each once (docs/contracts.md §9), so whoever changes or removes one keeps their change.

export interface LakeFile {
  readonly zone: 'landing' | 'gold';
  readonly key: string;
  readonly body: string;
}

// No file lies below a prefix of landing: there it would be data of a job. `.keep` begins with a dot because Athena and
// Spark pass over such names.
export const LAKE_FILES: readonly LakeFile[] = [
  {
    zone: 'landing',
    key: 'README.md',
    body: `# Landing zone

Files as they arrive, one prefix for each job: \`<job>/<file>\`. A new file below the prefix of a job starts that job.
Nothing is changed in here; a file is deleted when its retention has passed.
`,
  },
  {
    zone: 'gold',
    key: 'README.md',
    body: `# Gold zone

| prefix | holds |
| --- | --- |
| \`tables/\` | Iceberg tables of the Glue database; written by jobs, read through Athena |
| \`quarantine/<job>/run_id=<run>/\` | rows that broke a rule, as JSON lines with the names of the rules |
| \`_dlp/<job>/\` | run documents, batch manifests and scratch of the jobs |
| \`athena/\` | results of Athena's queries |
`,
  },
  { zone: 'gold', key: 'tables/.keep', body: '' },
  { zone: 'gold', key: 'quarantine/.keep', body: '' },
  { zone: 'gold', key: '_dlp/.keep', body: '' },
  { zone: 'gold', key: 'athena/.keep', body: '' },
];
