/** A process as far as it matters which one is taken. */
interface Reader {
  readonly readable: readonly string[]
}

/** What to do for a question: take an idle process, start one, end an idle one to make room, or wait until one is free. */
export type Choice<Child> =
  | { readonly do: 'take'; readonly child: Child }
  | { readonly do: 'start' }
  | { readonly do: 'replace'; readonly child: Child }
  | { readonly do: 'wait' }

/**
 * Pure. While others are at work, the last idle process is left to those who may go first: what it has over a new one, that it has started,
 * is worth most to them then. It is anybody's where nobody else is at work, or where there is no other to be had.
 */
export function processFor<Child extends Reader>(
  { readable, mayGoFirst }: Reader & { readonly mayGoFirst: boolean },
  { idle, all, most }: { readonly idle: readonly Child[]; readonly all: number; readonly most: number },
): Choice<Child> {
  const same = idle.find((each) => sameNames(each.readable, readable))
  const isKept = !mayGoFirst && idle.length === 1 && all > 1 && all < most
  if (same !== undefined && !isKept) return { do: 'take', child: same }
  if (all < most) return { do: 'start' }
  const [other] = idle
  return other === undefined ? { do: 'wait' } : { do: 'replace', child: other }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((name) => b.includes(name))
