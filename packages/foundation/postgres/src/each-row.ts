import pg from 'pg'
import type { Connection } from './connection.ts'
import { isoTypeParsers } from './parsers.ts'

export type Fields = readonly {
  readonly name: string
  readonly dataTypeID: number
  readonly dataTypeModifier: number
  /** The table that a column is of, and its number in there; 0 for what is computed. */
  readonly tableID: number
  readonly columnID: number
}[]

export interface EachRow {
  /** One row, its cells in order, instants ISO-8601; `false` when no more are wanted. */
  readonly onRow: (row: readonly unknown[]) => boolean
  /** More bytes of the answer than that are not wanted either: a single row may be a gigabyte. */
  readonly mostBytes: number
}

/**
 * The rows of one statement as they come, so that nobody holds all of them. Where no more are wanted the session is cut off: the pool
 * replaces it, and the server ends the statement. Always the extended protocol: the server refuses a text of two statements there. Errors
 * are the driver's.
 */
export function eachRow(
  { native }: Connection,
  { text, values }: { readonly text: string; readonly values: readonly unknown[] },
  { onRow, mostBytes }: EachRow,
): Promise<{ readonly fields: Fields; readonly cutOff: boolean }> {
  return new Promise((resolve, reject) => {
    const { stream: socket } = (native as pg.ClientBase & { readonly connection: { readonly stream: Socket } }).connection
    let received = 0
    let fields: Fields = []
    let isOver = false
    const finish = (cutOff: boolean): void => {
      if (isOver) return
      isOver = true
      socket.off('data', count)
      if (cutOff) socket.destroy()
      resolve({ fields, cutOff })
    }
    const count = (piece: Buffer): void => {
      received += piece.length
      if (received > mostBytes) finish(true)
    }
    const config: pg.QueryConfig = { text, values: [...values], types: isoTypeParsers, ...asExtended }
    const query = new pg.Query<unknown[]>(config)
    query.on('row', (row: readonly unknown[], result) => {
      if (isOver) return
      fields = result?.fields ?? fields
      if (!onRow(row)) finish(true)
    })
    query.on('error', (error: unknown) => {
      socket.off('data', count)
      if (!isOver) reject(error)
      isOver = true
    })
    query.on('end', (result) => {
      if (!isOver) fields = result.fields
      finish(false)
    })
    socket.on('data', count)
    native.query(query)
  })
}

/** The driver's types do not know these. */
const asExtended: object = { rowMode: 'array', queryMode: 'extended' }

/** The driver keeps it on its connection, and has no type for that. */
interface Socket {
  on(event: 'data', listener: (piece: Buffer) => void): unknown
  off(event: 'data', listener: (piece: Buffer) => void): unknown
  destroy(): unknown
}
