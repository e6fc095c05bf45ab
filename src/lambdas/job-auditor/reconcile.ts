// The invariants of a run (docs/contracts.md §4): every row that was read is somewhere, and gold and mart hold the same.
import type { RunDocument } from './run-document.js';

/** An invariant that does not hold. `difference` is left − right where both are numbers. */
export interface Difference {
  readonly invariant: string;
  readonly left: string | number | null;
  readonly right: string | number | null;
  readonly difference?: string | number;
}

/** Every invariant that is broken, in the order in which data flows; empty when the run is reconciled. */
export function reconcile({ rows, sums, checksum }: Pick<RunDocument, 'rows' | 'sums' | 'checksum'>): readonly Difference[] {
  return [
    ...counts('read = valid + quarantined', rows.read, rows.valid + rows.quarantined),
    ...counts('valid = written + deduplicated', rows.valid, rows.written + rows.deduplicated),
    ...counts('written = staged', rows.written, rows.staged),
    ...counts('staged = loaded', rows.staged, rows.loaded),
    ...counts('loaded = inserted + updated + unchanged', rows.loaded, rows.inserted + rows.updated + rows.unchanged),
    ...Object.entries(sums ?? {}).flatMap(([column, { gold, mart }]) => totals(column, gold ?? null, mart ?? null)),
    ...checksums(checksum?.gold ?? null, checksum?.mart ?? null, rows.written),
  ];
}

function counts(invariant: string, left: number, right: number): readonly Difference[] {
  return left === right ? [] : [{ invariant, left, right, difference: left - right }];
}

function totals(column: string, gold: string | null, mart: string | null): readonly Difference[] {
  const invariant = `sum of ${column} in gold = in mart`;
  const [left, right] = [decimal(gold), decimal(mart)];
  // No rows have no sum on either side. A sum that is not a plain number (NaN, 1e9) cannot be called equal.
  if (gold === null && mart === null) return [];
  if (left === null || right === null) return [{ invariant, left: gold, right: mart }];
  const scale = Math.max(left.scale, right.scale);
  const difference = raise(left, scale) - raise(right, scale);
  return difference === 0n ? [] : [{ invariant, left: gold, right: mart, difference: show(difference, scale) }];
}

/** Rows without a checksum are rows that nobody compared, unless there are none. */
function checksums(gold: string | null, mart: string | null, written: number): readonly Difference[] {
  if (gold === mart && (gold !== null || written === 0)) return [];
  return [{ invariant: 'checksum of gold = of mart', left: gold, right: mart }];
}

/** Totals are compared digit by digit: a double would round away the cent that is missing. */
interface Decimal { readonly digits: bigint; readonly scale: number }

function decimal(text: string | null): Decimal | null {
  const match = text === null ? null : /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return null;
  const [, sign, whole, fraction = ''] = match;
  return { digits: BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n), scale: fraction.length };
}

const raise = ({ digits, scale }: Decimal, to: number): bigint => digits * 10n ** BigInt(to - scale);

function show(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
}
