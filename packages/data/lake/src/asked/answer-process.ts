/**
 * The process that answers what people ask of a lake. All that comes from them or from files of unknown makers is read here: SQL is parsed,
 * logs and Parquet are opened, by an instance of DuckDB that reaches the lakes and its own scratch folder and nothing else. It answers one
 * question at a time; whoever has had enough of it kills it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setPriority } from 'node:os'
import { join, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { given, unreachable } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { endAtOnce } from '@sluice/process'
import { type Lake, openLake } from '../lake.ts'
import { limited } from '../read/limited.ts'
import { streamRows } from '../read/stream-rows.ts'
import { storageOf } from '../storage/configured.ts'
import { localStorage } from '../storage/local.ts'
import { answerText } from './answer-text.ts'
import { askedWrite } from './asked-write.ts'
import { faultOf, faultOfQuery, spillLimitMb } from './fault.ts'
import { frame } from './frames.ts'
import type { FromProcess, ProcessSetup, Question, ToProcess } from './question.ts'

/** The descriptor of the pipe to whoever asks: 0 to 2 are the usual ones, 3 is the channel of messages. */
const pipeFd = 4

let answering: Promise<(question: Question) => Promise<FromProcess>> | undefined
const pipe = new Socket({ fd: pipeFd })

process.on('message', (message: ToProcess) => {
  switch (message.kind) {
    case 'start':
      // Once it is ready: whoever waits for its start is not to wait longer.
      answering = open(message.setup).finally(giveWay)
      answering.catch(() => undefined)
      return
    case 'question':
      void answered(message.question)
      return
    default:
      return unreachable(message)
  }
})
// Whoever asks is gone, and with them the time that a query may take.
process.on('disconnect', endAtOnce)
// They reach the whole group of a terminal: whoever asks decides when this process ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

async function answered(question: Question): Promise<void> {
  let last: FromProcess
  try {
    last = (await (await answering)?.(question)) ?? { kind: 'done' }
  } catch (thrown) {
    last = { kind: 'fault', fault: faultOf(thrown) }
  }
  await send(frame('message', Buffer.from(JSON.stringify(last))))
}

/** Resolves when the pipe takes more: an answer that nobody reads stays where it is. */
const send = (content: Buffer): Promise<void> => new Promise((resolve) => pipe.write(content, () => resolve()))

/** The machine's other work goes first, and where memory ends, this process does. */
function giveWay(): void {
  try {
    setPriority(10)
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Not Linux, or not allowed to: a courtesy, no promise.
  }
}

async function open(setup: ProcessSetup): Promise<(question: Question) => Promise<FromProcess>> {
  const { place, readable, scratch, memoryLimitMb, threads } = setup
  mkdirSync(scratch, { recursive: true, mode: 0o700 })
  const storage = 'folder' in place ? localStorage(place.folder) : await storageOf(scratch, place.url)
  const lakes = 'folder' in place ? readable.map((project) => join(resolve(place.folder), project)) : []
  const spill = { tempDirectory: join(scratch, 'spill'), spillLimitMb }
  const duckdb = await openDuckDB({ memoryLimitMb, threads, ...spill, confinedTo: [scratch, ...lakes] })
  const lakeOf = (project: string): Lake => openLake({ storage, project, readable, duckdb: async () => duckdb })
  return async (question) => {
    const lake = lakeOf(question.project)
    if (question.ask === 'export') {
      const receipt = await lake.export(askedWrite(lake.project, question.dataset), question.request)
      return { kind: 'done', receipt }
    }
    const connection = await lake.connect()
    try {
      if (question.ask === 'answer') {
        const sql = await lake.compile(connection, question.sql)
        for (const text of await answerText(connection, sql, question.limit, question.budget)) await send(frame('bytes', Buffer.from(text)))
      } else {
        const { of, format, limit, bytes } = question
        const sql =
          'sql' in of ? await lake.compile(connection, of.sql) : await lake.scan(connection, of.dataset, given({ version: of.version }))
        const out = new Writable({
          write: (piece: Buffer, _encoding, done) => {
            send(frame('bytes', piece)).then(() => done(), done)
          },
        })
        await streamRows({ connection, sql: limited(sql, limit) }, format, out, { folder: scratch, bytes })
      }
      return { kind: 'done' }
    } catch (thrown) {
      throw question.ask === 'answer' || 'sql' in question.of ? faultOfQuery(thrown) : thrown
    } finally {
      connection.close()
    }
  }
}
