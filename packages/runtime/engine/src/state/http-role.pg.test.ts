import { openPool, type Pool, quoteIdentifier, urlFor, withSession } from '@sluice/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mayIn } from '../act/testing/may-in.ts'
import { type TestEngine, testEngine } from '../act/testing/test-engine.ts'
import { openHttpRole } from './http-role.ts'

let t: TestEngine
let http: Pool
beforeAll(async () => {
  t = await testEngine()
  http = openPool(t.httpUrl, { max: 2 })
})
afterAll(async () => {
  await http.end()
  await t[Symbol.asyncDispose]()
})

test('it reads what people are shown, changes the columns that its statements change, and calls what a person may call', async () => {
  const may = await mayIn(http)
  expect(may.reads.map((each) => each.split('(')[0])).toEqual([
    'attempt',
    'backfill',
    'backup_job',
    'definition',
    'definition_error',
    'ledger',
    'outbox',
    'pipeline',
    'pool',
    'run',
    'task_run',
    'version',
    'worker',
  ])
  expect(may.changes).toEqual(['backfill', 'backup_job', 'ledger', 'outbox', 'pipeline', 'run'])
  expect(may.calls).toEqual([
    'admit',
    'begin_call',
    'cancel_runs',
    'create_runs',
    'end_call',
    'hold_calls',
    'keep_token',
    'kept_token',
    'renew',
    'reprocess',
    'reset_tasks',
    'set_paused',
  ])
})

test('what an intruder tries with the connection of the HTTP process is refused', async () => {
  const database = new URL(t.databaseUrl).pathname.slice(1)
  for (const statement of [
    'select password from sluice.process_role',
    'select sealed from sluice.kept_token',
    'select rolpassword from pg_authid',
    "update sluice.run set state = 'success'",
    "update sluice.backup_job set keep = '1'",
    "update sluice.task_run set state = 'success'",
    "update sluice.definition set spec = '{}'",
    'delete from sluice.ledger',
    'delete from sluice.run',
    'truncate sluice.outbox',
    "insert into sluice.version (name) values ('x')",
    "select sluice.finish(1, '[]')",
    'create table sluice.own (n int)',
    'create table public.own (n int)',
    'create schema own',
    'create extension file_fdw',
    "create function pg_temp.own() returns int language c as 'x', 'y'",
    'alter table sluice.run disable trigger all',
    'drop table sluice.outbox',
    'create database own',
    "copy (select 1) to program 'id'",
    "copy (select 1) to '/tmp/own'",
    "copy sluice.outbox from '/etc/passwd'",
    "select pg_read_file('postgresql.conf')",
    "select pg_ls_dir('.')",
    "select lo_import('/etc/passwd')",
    'select pg_reload_conf()',
    "alter system set log_statement = 'all'",
    'create role other superuser',
    `alter role ${quoteIdentifier(`${database}_http`)} superuser`,
    `grant ${quoteIdentifier(`${database}_worker`)} to ${quoteIdentifier(`${database}_http`)}`,
    'set role postgres',
    'set session_replication_role = replica',
  ])
    await expect(http.query(statement), statement).rejects.toMatchObject({
      facts: { sqlstate: expect.stringMatching(/^(?:42501|42883)$/) },
    })
  await using other = await testEngine()
  const theirs = urlFor(t.httpUrl, new URL(other.databaseUrl).pathname.slice(1))
  await expect(withSession(theirs, (session) => session.query('select * from sluice.pipeline'))).rejects.toMatchObject({
    facts: { sqlstate: '42501' },
  })
})

test('a second start finds the role and its password', async () => {
  const found = { url: t.httpUrl, role: new URL(t.httpUrl).username, note: null }
  expect(await Promise.all([openHttpRole(t.databaseUrl), openHttpRole(t.databaseUrl)])).toEqual([found, found])
})
