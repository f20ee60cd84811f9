import { quoteIdentifier } from '@sluice/postgres'
import { grantSql, isGrant, revokeSql } from '../ddl/grants.ts'
import type { TableShape } from '../ddl/shape.ts'
import type { Change } from './change.ts'

/**
 * What no column, key or plain index holds: `gone` is taken away before the columns change, `come` is made after them.
 * @param target the table, quoted
 * @param made what migrations have made of it, which belongs there
 */
export function alterObjects(
  target: string,
  wanted: TableShape,
  live: TableShape,
  made: readonly string[],
): { readonly gone: readonly Change[]; readonly come: readonly Change[] } {
  const missing = wanted.objects.filter((text) => !live.objects.includes(text))
  const names = missing.map((text) => wanted.named[text]?.name)
  const isReplaced = (text: string): boolean => names.includes(live.named[text]?.name ?? undefined) && !wanted.objects.includes(text)
  const lost = made.filter((text) => !live.objects.includes(text) && !wanted.objects.includes(text))
  const byHand = live.objects.filter((text) => !wanted.objects.includes(text) && !made.includes(text) && !isReplaced(text))
  const undo = (text: string): string => live.named[text]?.undo ?? `-- By hand: ${text} has no statement that takes it away.`
  const undoWanted = (text: string): string =>
    isGrant(text)
      ? revokeSql(target, text)
      : `alter table ${target} drop constraint if exists ${quoteIdentifier(wanted.named[text]?.name ?? '')}`
  const there = (text: string): string => objectSql(target, live.named[text]?.name ?? null, text)
  return {
    gone: [
      ...live.objects.filter(isReplaced).map((text) => ({ up: undo(text), down: there(text) })),
      ...byHand.filter(isGrant).map((text) => ({ up: undo(text), down: there(text) })),
      ...byHand
        .filter((text) => !isGrant(text))
        .map((text) => ({ up: `-- Made by hand. To keep it, make it again behind this line.\n${undo(text)}`, down: there(text) })),
    ],
    come: [
      ...missing.map((text) => ({ up: objectSql(target, wanted.named[text]?.name ?? null, text), down: undoWanted(text) })),
      ...lost.map((text) => ({
        up: objectSql(target, null, text),
        down: `-- What a migration before this one had made stays: ${oneLine(text)}`,
      })),
    ],
  }
}

/** The statement that makes an object of the catalogue, from the server's own text of it. */
function objectSql(target: string, name: string | null, text: string): string {
  if (/^(?:CHECK|EXCLUDE|PRIMARY KEY|UNIQUE)\b/.test(text))
    return `alter table ${target} add ${name === null ? '' : `constraint ${quoteIdentifier(name)} `}${text}`
  if (isGrant(text)) return grantSql(target, text)
  if (text.startsWith('CREATE ')) return text.replace(/ (?:DISABLED|ALWAYS|ON REPLICA)$/, '')
  if (text.startsWith('POLICY ')) return `create policy ${text.slice('POLICY '.length).replace(/ ON .*$/, '')}`
  const statement = states[text]
  return statement === undefined ? `-- By hand: ${oneLine(text)}` : `alter table ${target} ${statement}`
}

const states: Readonly<Record<string, string>> = {
  UNLOGGED: 'set unlogged',
  'ROW LEVEL SECURITY': 'enable row level security',
  'FORCE ROW LEVEL SECURITY': 'force row level security',
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')
