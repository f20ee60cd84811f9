import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '@sluice/core/testing'
import { expect } from 'vitest'
import { unreachable } from '../../errors.ts'
import type { Action } from '../../protocol/actions.ts'
import type { StructType } from '../../schema/schema.ts'
import { validateLog } from '../../testing/validate-log.ts'
import { asInClickHouse } from './chdb.ts'
import type { Engine, WritingEngine } from './engine.ts'
import { type Row, sorted } from './values.ts'

export interface Game {
  readonly root: string
  readonly schema: StructType
  readonly random: Random
  /** The engines that change the table, one in each turn. */
  readonly writers: readonly [WritingEngine, ...WritingEngine[]]
  /** The engines that read the table after each turn. */
  readonly readers: readonly Engine[]
  readonly turns: number
  freshRow(id: number): Row
  /** Operations to leave out, because some engine cannot do them on such a table. */
  readonly never?: (engine: Engine, move: Move) => boolean
}

export const moves = ['append', 'append', 'merge', 'merge', 'delete', 'update', 'optimize', 'vacuum', 'checkpoint'] as const
export type Move = (typeof moves)[number]

/**
 * Engines change one table in turns. After each turn all readers must give exactly the rows of a plain model at the newest version. After
 * every other turn they must do so at an earlier version that no vacuum has made unreadable. Our commits must be valid. Returns the turns,
 * for the report of a failure.
 */
export async function play(game: Game): Promise<string[]> {
  const { root, schema, random, readers } = game
  const played: string[] = []
  let rows = new Map<number, Row>()
  let nextId = 0
  let oldest = newestVersion(root)
  const states = new Map<number, readonly Row[]>([[oldest, []]])
  const expectRows = async (version?: number) => {
    const expected = sorted(states.get(version ?? newestVersion(root)) ?? [])
    for (const reader of readers) {
      const wanted = reader.name === 'chdb' ? sorted(expected.map((row) => asInClickHouse(row, schema))) : expected
      expect(
        sorted(await reader.rows(root, schema, version)),
        `${reader.name} at ${version ?? 'the newest version'} after ${played.join('; ')}`,
      ).toEqual(wanted)
    }
  }
  const fresh = (count: number) => Array.from({ length: count }, () => game.freshRow(nextId++))
  for (let turn = 0; turn < game.turns; turn++) {
    // Every writer gets a turn, and the first turns add rows.
    const engine = game.writers[turn % game.writers.length] ?? game.writers[0]
    const move = turn < 2 ? 'append' : random.pick(moves)
    if (game.never?.(engine, move) === true) continue
    const remainder = `id % ${2 + random.integer(3)} = ${random.integer(2)}`
    played.push(`${engine.name}: ${move}${move === 'delete' || move === 'update' ? ` ${remainder}` : ''}`)
    rows = await act(engine, move, remainder)
    states.set(newestVersion(root), [...rows.values()])
    if (move === 'vacuum') oldest = newestVersion(root)
    await expectRows()
    const earlier = [...states.keys()].filter((version) => version >= oldest && version < newestVersion(root))
    const [first, ...others] = earlier
    if (first !== undefined && turn % 2 === 1) await expectRows(random.pick([first, ...others]))
    expect(ourFaults(root), played.join('; ')).toEqual([])
  }
  return played

  async function act(engine: WritingEngine, move: Move, where: string): Promise<Map<number, Row>> {
    const [divisor = 1, remainder = 0] = (where.match(/\d+/g) ?? []).map(Number)
    const hit = (id: number) => id % divisor === remainder
    switch (move) {
      case 'append': {
        const added = fresh(1 + random.integer(4))
        await engine.append(root, schema, added)
        return including(rows, added)
      }
      case 'merge': {
        const changed = [...rows.keys()].filter(() => random.chance(0.3)).map((id) => game.freshRow(id))
        const source = [...changed, ...fresh(1 + random.integer(2))]
        await engine.merge(root, schema, source)
        return including(rows, source)
      }
      case 'delete':
        await engine.delete(root, where)
        return new Map([...rows].filter(([id]) => !hit(id)))
      case 'update': {
        const name = `turn ${played.length} ü`
        await engine.update(root, { name: `'${name}'` }, where)
        return new Map([...rows].map(([id, row]) => [id, hit(id) ? { ...row, name } : row]))
      }
      case 'optimize':
      case 'vacuum':
      case 'checkpoint':
        await engine[move](root)
        return rows
      default:
        return unreachable(move)
    }
  }
}

function including(rows: ReadonlyMap<number, Row>, more: readonly Row[]): Map<number, Row> {
  return new Map([...rows, ...more.map((row) => [Number(row.id), row] as const)])
}

function commitsOf(root: string): string[] {
  return readdirSync(join(root, '_delta_log'))
    .filter((name) => /^\d{20}\.json$/.test(name))
    .sort()
}

export function newestVersion(root: string): number {
  return Number.parseInt(commitsOf(root).at(-1) ?? '-1', 10)
}

/**
 * Faults in the commits that our library wrote. Two are expected and ignored: a file of Spark that gets a deletion vector of ours keeps its
 * path, including letters beyond ASCII, and a vacuum deletes the change files of earlier versions.
 */
export function ourFaults(root: string): string[] {
  const ours = new Set(
    commitsOf(root)
      .filter((name) => {
        const [line = '{}'] = readFileSync(join(root, '_delta_log', name), 'utf8').split('\n')
        return (JSON.parse(line) as Action).commitInfo?.engineInfo === 'sluice-delta'
      })
      .map((name) => Number.parseInt(name, 10)),
  )
  return validateLog(root).filter(
    (fault) =>
      ours.has(Number(/^commit (\d+):/.exec(fault)?.[1] ?? -1)) &&
      !/(part-\d{5}-\S+ is not URI-encoded|_change_data\/\S+ is not on disk as the log says)$/.test(fault),
  )
}
