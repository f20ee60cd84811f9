import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { usualLimits } from '@sluice/core'
import { usualTurns } from '@sluice/process'
import { describe, expect, it } from 'vitest'
import { explain, explainAll } from './explain.ts'
import { listensForThisMachine, urlForPeople } from './listen-settings.ts'
import { resolveConnection, resolveDatabase, secret, variable } from './lookup.ts'
import { secretValues } from './secret-values.ts'
import { platformConfig, projectConfig, usingPlatform } from './testing/platform.ts'

const { load, failure, ...platform } = usingPlatform()
const withDatabase = {
  'projects/shop/sluice.config.ts': projectConfig
    .replace('httpConnection,', 'httpConnection, postgresConnection,')
    .replace('connections: {', "connections: {\n    db: postgresConnection({ url: secret('SHOP_DB') }),"),
}
describe('the order of sources', () => {
  it('is default, then config, then .env, then environment, and each says where', async () => {
    const first = await load()
    expect(first).toMatchObject({
      port: 4300,
      workers: availableParallelism(),
      slots: 32,
      leaseMs: 10_000,
      databaseUrl: null,
      stateDir: join(platform.root(), '.sluice'),
      profile: null,
    })
    expect(explain(first, 'port')[0]).toMatchObject({ value: 4300, source: 'config', where: 'sluice.config.ts:5' })
    expect(explain(first, 'lease')[0]).toMatchObject({ value: '10s', source: 'default' })

    await platform.write({ '.env': '# settings\nSLUICE_PORT=4400\nSLUICE_LEASE=30s\n' })
    const second = await load()
    expect(second).toMatchObject({ port: 4400, leaseMs: 30_000 })
    expect(explain(second, 'SLUICE_PORT')[0]).toMatchObject({ value: 4400, source: '.env', where: '.env:2' })

    const third = await load({ SLUICE_PORT: '4500' })
    expect(third.port).toBe(4500)
    expect(explain(third, 'port')).toEqual([
      {
        key: 'port',
        env: 'SLUICE_PORT',
        secret: false,
        value: 4500,
        source: 'environment',
        where: 'SLUICE_PORT',
        candidates: [
          { source: 'environment', where: 'SLUICE_PORT', value: '4500', wins: true },
          { source: '.env', where: '.env:2', value: '4400', wins: false },
          { source: 'config', where: 'sluice.config.ts:5', value: 4300, wins: false },
          { source: 'default', where: 'default', value: 4200, wins: false },
        ],
      },
    ])
  })

  it('holds for what queries may take, all of which is usual unless said', async () => {
    const { queries, values } = await load()
    expect(queries).toEqual({ limits: usualLimits, turns: usualTurns, memoryMb: null })
    expect(values.find(({ key }) => key === 'queryFileTimeout')).toMatchObject({ value: '1800s', source: 'default' })
    await platform.write({
      'sluice.config.ts': platformConfig.replace('port: 4300', "queryTimeout: '5m', queriesAtOnce: 8, queryAnswerMb: 64"),
    })
    const said = await load({ SLUICE_QUERY_FILE_MB: '100', SLUICE_QUERIES_AT_ONCE: '6', SLUICE_QUERY_MEMORY_MB: '2048' })
    expect(said.queries).toEqual({
      limits: {
        timeoutMs: 300_000,
        budget: { ...usualLimits.budget, bytes: 64 * 2 ** 20 },
        file: { ...usualLimits.file, bytes: 100 * 2 ** 20 },
      },
      turns: { ...usualTurns, all: 6 },
      memoryMb: 2048,
    })
    expect(await failure({ SLUICE_QUERY_ANSWER_MB: '65' })).toMatchObject({ message: expect.stringMatching(/a whole number from 1 to 64/) })
  })

  it('passes over an empty value', async () => {
    await platform.write({ '.env': 'SLUICE_PORT=\n' })
    expect((await load({ SLUICE_PORT: '' })).port).toBe(4300)
  })

  it('holds for variables of projects, with the default at its line', async () => {
    expect(variable(await load(), 'shop', 'currency')).toBe('EUR')
    expect(explain(await load(), 'variables.currency')[0]).toMatchObject({
      key: 'shop.variables.currency',
      source: 'default',
      where: 'projects/shop/sluice.config.ts:9',
    })
    await platform.write({ '.env': 'SHOP_CURRENCY=USD\n' })
    expect(variable(await load(), 'shop', 'currency')).toBe('USD')
    expect(variable(await load({ SHOP_CURRENCY: 'CHF' }), 'shop', 'currency')).toBe('CHF')
  })

  it('reads a changed configuration again in the same process', async () => {
    expect((await load()).port).toBe(4300)
    await platform.write({ 'sluice.config.ts': platformConfig.replace('4300', '4301') })
    expect((await load()).port).toBe(4301)
  })
})

describe('a project at the root', () => {
  const alone = projectConfig.replace(
    "name: 'shop',",
    "name: 'shop',\n  platform: { port: 4300, mailGroups: { team: 'team@example.org' } },",
  )

  it('is a platform of that one project, with the settings that it says under platform', async () => {
    await platform.write({ 'sluice.config.ts': alone })
    const found = await load({ SHOP_REGION: 'eu' })
    expect(found).toMatchObject({ port: 4300, mailGroups: ['team'], stateDir: join(platform.root(), '.sluice') })
    expect(found.projects.map(({ dir, project: { name } }) => ({ dir, name }))).toEqual([{ dir: platform.root(), name: 'shop' }])
    expect(explain(found, 'port')[0]).toMatchObject({ source: 'config', where: 'sluice.config.ts:5' })
    expect(variable(found, 'shop', 'region')).toBe('eu')
  })

  it.each([
    ['a setting that does not exist', alone.replace('port:', 'prot:'), 5, /no setting "prot"/],
    ['a mail group without addresses', alone.replace('team@example.org', 'team'), 5, /mailGroups.team: expected addresses/],
    ['a default export of another kind', "\nexport default { kind: 'pipeline' }\n", 2, /not a platform or a project/],
  ])('is refused for %s with file, line and frame', async (_, text, line, message) => {
    await platform.write({ 'sluice.config.ts': text })
    const facts = { file: 'sluice.config.ts', line, frame: expect.stringContaining(`> ${line} |`) }
    expect(await failure()).toMatchObject({ code: 'config.invalid', message: expect.stringMatching(message), facts })
  })

  it('says nothing of the platform where it is one of several', async () => {
    await platform.write({ 'projects/shop/sluice.config.ts': alone })
    expect(await failure()).toMatchObject({
      message: expect.stringMatching(/^projects\/shop\/sluice.config.ts:5: platform: this project is not at the root/),
      next: 'Write it into platform({ ... }) in sluice.config.ts.',
    })
  })
})

describe('a configuration at fault', () => {
  it.each([
    ['throws', "\nthrow new Error('no')\n", 2, /sluice.config.ts:2: Error: no/],
    ['does not parse', 'const a: = 1\n', 1, /SyntaxError/],
    ['imports what is not there', "import 'nope'\n", 1, /Cannot find module 'nope'/],
    ['exports no platform', '\nexport default {}\n', 2, /not a platform/],
    ['has a setting of the wrong type', platformConfig.replace('4300', '{ a: 1 }'), 5, /port: expected a port: .*found/],
    ['has a setting out of range', platformConfig.replace('4300', '70000'), 5, /port: expected a port: .*70000/],
    ['has a setting that does not exist', platformConfig.replace('port:', 'prot:'), 5, /no setting "prot"/],
    ['lists projects as no list', platformConfig.replace("['projects/shop']", '3'), 4, /projects: /],
    ['names a project that is not there', platformConfig.replace("['projects/shop']", "['projects/none']"), 4, /"projects\/none" has no/],
  ])('that %s is refused with file, line and frame', async (_, text, line, message) => {
    await platform.write({ 'sluice.config.ts': text })
    const error = await failure()
    expect(error).toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(message),
      next: expect.stringMatching(/./),
      facts: { file: 'sluice.config.ts', line, frame: expect.stringContaining(`> ${line} |`) },
    })
  })

  it.each([
    ['the time zone is none', projectConfig.replace('Europe/Paris', 'Europe/Pari'), 5, /timeZone: expected an IANA zone/],
    [
      'a value from outside is bare text',
      projectConfig.replace("env('SHOP_REGION')", "'eu'"),
      9,
      /variables.region: expected env\('NAME'\)/,
    ],
    [
      'a connection is not a connection',
      projectConfig.replace(/httpConnection\(.*\)\),/, "'https://x',").replace(/api: http.*/, "api: 'x',"),
      7,
      /connections.api: expected httpConnection/,
    ],
    ['the name breaks the rule', projectConfig.replace("'shop'", "'Shop'"), 4, /"Shop" is not a project name/],
  ])('of a project is refused when %s', async (_, text, line, message) => {
    await platform.write({ 'projects/shop/sluice.config.ts': text })
    expect(await failure()).toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(message),
      facts: { file: 'projects/shop/sluice.config.ts', line },
    })
  })

  it('points at its own line when code elsewhere below the root throws', async () => {
    await platform.write({
      'packages/lib.ts': 'export function check(port: number) {\n  throw new RangeError(String(port))\n}\n',
      'sluice.config.ts': platformConfig.replace('import', "import { check } from './packages/lib.ts'\nimport").replace('4300', 'check(1)'),
    })
    expect(await failure()).toMatchObject({ message: 'sluice.config.ts:6: RangeError: 1' })
    await platform.write({ 'packages/lib.ts': "\nthrow new Error('at import')\nexport const check = 1\n" })
    expect(await failure()).toMatchObject({ message: 'packages/lib.ts:2: Error: at import (imported by sluice.config.ts)' })
  })

  it('is refused when two projects have one name', async () => {
    await platform.write({
      'sluice.config.ts': platformConfig.replace("['projects/shop']", "['projects/shop', 'projects/twin']"),
      'projects/twin/sluice.config.ts': projectConfig,
    })
    expect(await failure()).toMatchObject({
      message: expect.stringMatching(/twin\/sluice.config.ts:4: project "shop" is already defined in/),
    })
  })

  it('from the environment or .env names the variable or the line', async () => {
    expect(await failure({ SLUICE_WORKERS: 'many' })).toMatchObject({
      message: expect.stringMatching(/^SLUICE_WORKERS: workers: expected .*"many"/),
    })
    await platform.write({ '.env': '\nSLUICE_LEASE=10\n' })
    expect(await failure()).toMatchObject({ message: expect.stringMatching(/^\.env:2: lease: expected a duration/) })
    expect(await failure({ SLUICE_QUERY_TIMEOUT: '30d' })).toMatchObject({ message: expect.stringContaining('from 1s to 24h') })
    await platform.write({ '.env': 'SLUICE_PORT 80\n' })
    expect(await failure()).toMatchObject({ code: 'config.invalid', message: expect.stringMatching(/^\.env:1: /) })
  })

  it.each(['template1', 'sluice'])('refuses %s as the database of a warehouse, which is in use for something else', async (database) => {
    await platform.write({
      'projects/shop/sluice.config.ts': projectConfig.replace("name: 'shop'", `name: 'shop', warehouse: { database: '${database}' }`),
    })
    expect(await failure()).toMatchObject({ message: expect.stringMatching(/warehouse\.database: expected a database of its own/) })
  })

  it('does not show a database URL, which holds a password', async () => {
    const error = (await failure({ SLUICE_DATABASE_URL: 'mysql://u:hunter22@h/db' })) as Error
    expect(error.message).toMatch(/databaseUrl: expected a URL/)
    expect(error.message + JSON.stringify(error)).not.toContain('hunter22')
  })
})

describe('values of projects', () => {
  it('that are missing are named with the place to put them', async () => {
    const settings = await load()
    expect(() => resolveConnection(settings, 'shop', 'api')).toThrow(
      expect.objectContaining({
        code: 'config.missing',
        message: 'connection "api" has no value: SHOP_TOKEN is not set',
        next: expect.stringContaining(`${platform.root()}/.env`),
      }),
    )
    expect(() => variable(settings, 'shop', 'region')).toThrow(expect.objectContaining({ code: 'config.missing' }))
    expect(() => secret(settings, 'shop', 'salt')).toThrow(
      expect.objectContaining({ message: 'secret "salt" has no value: SHOP_SALT is not set' }),
    )
  })

  it('that are not declared are another error than missing ones', async () => {
    const settings = await load()
    expect(() => resolveConnection(settings, 'shop', 'apo')).toThrow(
      expect.objectContaining({ code: 'connection.unknown', next: expect.stringContaining('api') }),
    )
    expect(() => variable(settings, 'shop', 'x')).toThrow(expect.objectContaining({ code: 'not_found' }))
    expect(() => secret(settings, 'nope', 'x')).toThrow(expect.objectContaining({ code: 'not_found', next: 'The projects are shop.' }))
    expect(() => explain(settings, 'nope')).toThrow(
      expect.objectContaining({ code: 'not_found', next: expect.stringContaining('shop.secrets.salt') }),
    )
  })

  it('name a database by its URL, which is not what a task is given as a connection', async () => {
    await platform.write(withDatabase)
    const settings = await load({ SHOP_DB: 'postgres://reader:pass%20word@db/shop?sslmode=verify-full' })
    const url = 'postgres://reader:pass%20word@db/shop?sslmode=verify-full'
    expect(resolveDatabase(settings, 'shop', 'db')).toEqual({ name: 'db', type: 'postgres', url })
    expect(() => resolveConnection(settings, 'shop', 'db')).toThrow(
      expect.objectContaining({ code: 'connection.unknown', next: expect.stringContaining("sqlSource({ connection: 'db'") }),
    )
    expect(() => resolveDatabase(settings, 'shop', 'api')).toThrow(
      expect.objectContaining({ code: 'connection.unknown', message: expect.stringContaining('is an HTTP service') }),
    )
    expect(() => resolveDatabase(settings, 'shop', 'dbb')).toThrow(expect.objectContaining({ next: expect.stringContaining('db') }))
    expect(explain(settings, 'SHOP_DB')[0]).toMatchObject({ value: '****' })
    expect(secretValues(settings)).toEqual(expect.arrayContaining([url, 'pass%20word', 'pass word']))
    const unset = await load()
    expect(() => resolveDatabase(unset, 'shop', 'db')).toThrow(expect.objectContaining({ code: 'config.missing' }))
  })

  it('are masked wherever they are explained, and listed for the mask of logs', async () => {
    await platform.write({ '.env': 'SHOP_TOKEN="two\\nlines"\nSLUICE_DATABASE_URL=postgresql://u:p%40ssword@h/db\nSHOP_SALT=abc\n' })
    const settings = await load({ SHOP_TOKEN: 'tok/en' })
    expect(resolveConnection(settings, 'shop', 'api')).toEqual({
      ...{ name: 'api', type: 'http', url: 'https://api.example', token: 'tok/en' },
      secretsAt: ['SHOP_TOKEN (the environment)'],
    })
    const shown = JSON.stringify(explainAll(settings))
    for (const hidden of ['tok/en', 'lines', 'p@ss', 'p%40ss', '"abc"']) expect(shown).not.toContain(hidden)
    expect(explain(settings, 'SHOP_TOKEN')[0]).toMatchObject({
      secret: true,
      value: '****',
      candidates: [{ value: '****', wins: true }, { value: '****' }, { value: null }],
    })
    const masked = secretValues(settings)
    expect(masked).toEqual(expect.arrayContaining(['tok/en', 'two\nlines', 'p@ssword', 'p%40ssword', 'abc']))
  })
})

describe('the demo profile', () => {
  const services = JSON.stringify({ simulators: { 'shop/api': { url: 'http://127.0.0.1:5001', token: 'demo-token' } } })

  it('takes a simulated connection from its simulator, before the environment', async () => {
    await platform.write({ '.sluice/profile': 'demo\n', '.sluice/services.json': services })
    const settings = await load({ SHOP_URL: 'https://real.example', SHOP_TOKEN: 'real-token' })
    expect(settings.profile).toBe('demo')
    expect(resolveConnection(settings, 'shop', 'api')).toMatchObject({ url: 'http://127.0.0.1:5001', token: 'demo-token' })
    expect(explain(settings, 'shop.connections.api.url')[0]?.candidates).toMatchObject([
      { source: 'demo', value: 'http://127.0.0.1:5001', wins: true, where: expect.stringContaining('shop-simulator') },
      { source: 'environment', value: 'https://real.example', wins: false },
      { source: '.env' },
      { source: 'default' },
    ])
    expect(secretValues(settings)).toEqual(expect.arrayContaining(['demo-token', 'real-token']))
  })

  it('never reaches for the real service while the simulator does not run', async () => {
    await platform.write({ '.sluice/profile': 'demo' })
    const settings = await load({ SHOP_URL: 'https://real.example', SHOP_TOKEN: 'real-token' })
    expect(() => resolveConnection(settings, 'shop', 'api')).toThrow(
      expect.objectContaining({ code: 'config.missing', message: 'connection "api" has no value: its simulator is not running' }),
    )
    expect(explain(settings, 'SHOP_URL')[0]?.candidates.filter(({ wins }) => wins)).toEqual([])
  })

  it('keeps its lake in its own state, whatever bucket the environment names', async () => {
    expect((await load({ SLUICE_LAKE_URL: 's3://real/lake' })).lakeUrl).toBe('s3://real/lake')
    expect(await failure({ SLUICE_LAKE_URL: 'https://real/lake' })).toMatchObject({
      message: expect.stringMatching(/^SLUICE_LAKE_URL: lakeUrl: expected a bucket such as s3:/),
    })
    await platform.write({ '.sluice/profile': 'demo' })
    expect((await load({ SLUICE_LAKE_URL: 's3://real/lake' })).lakeUrl).toBeNull()
  })

  it('is read from the state directory that is set, and a broken services.json is refused', async () => {
    await platform.write({ 'state/profile': 'demo', 'state/services.json': '{' })
    expect((await load()).profile).toBeNull()
    expect(await failure({ SLUICE_STATE_DIR: 'state' })).toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('services.json'),
    })
  })
})

describe('the mail server', () => {
  const groups = platformConfig.replace('port:', "mailGroups: { ops: 'a@x.org, b@y.org' },\n  port:")

  it('is reached as the environment says, with the groups of the configuration; its password is never shown', async () => {
    await platform.write({ 'sluice.config.ts': groups, '.env': 'SLUICE_SMTP_USER=me@x.org\nSLUICE_SMTP_PASSWORD=hunter22\n' })
    expect((await load()).mail).toBeNull()
    const settings = await load({ SLUICE_SMTP_HOST: 'smtp.x.org' })
    expect(settings.mail).toEqual({
      host: 'smtp.x.org',
      port: 587,
      security: 'starttls',
      user: 'me@x.org',
      password: 'hunter22',
      from: 'me@x.org',
      groups: { ops: ['a@x.org', 'b@y.org'] },
    })
    expect(explain(settings, 'smtpPassword')[0]).toMatchObject({ secret: true, value: '****', source: '.env', where: '.env:2' })
    expect(secretValues(settings)).toContain('hunter22')
  })

  it.each([
    ['has a sender', { SLUICE_SMTP_USER: '', SLUICE_SMTP_PASSWORD: '' }, /SLUICE_MAIL_FROM is not set/],
    ['has both user and password', { SLUICE_SMTP_PASSWORD: '' }, /SLUICE_SMTP_PASSWORD is not set/],
    ['has a port', { SLUICE_SMTP_PORT: '0' }, /SLUICE_SMTP_PORT: smtpPort: expected a port/],
    ['is encrypted in a known way', { SLUICE_SMTP_SECURITY: 'tls' }, /smtpSecurity: expected one of starttls, ssl, none, found "tls"/],
    ['writes from an address', { SLUICE_MAIL_FROM: 'me' }, /mailFrom: expected an address/],
  ])('is refused unless it %s', async (_, env, message) => {
    const set = { SLUICE_SMTP_HOST: 'h', SLUICE_SMTP_USER: 'u', SLUICE_SMTP_PASSWORD: 'pass', ...env }
    expect(await failure(set)).toMatchObject({ message: expect.stringMatching(message), next: expect.stringContaining('SLUICE_') })
  })

  it('is the simulator in the demo, or nobody, whatever the environment says', async () => {
    const env = { SLUICE_SMTP_HOST: 'smtp.x.org', SLUICE_SMTP_USER: 'u', SLUICE_SMTP_PASSWORD: 'pass', SLUICE_MAIL_FROM: 'me@x.org' }
    await platform.write({ '.sluice/profile': 'demo' })
    expect((await load(env)).mail).toBeNull()
    await platform.write({ '.sluice/services.json': JSON.stringify({ smtp: { host: '127.0.0.1', port: 2525 } }) })
    const settings = await load(env)
    expect(settings.mail).toEqual({ host: '127.0.0.1', port: 2525, security: 'none', from: expect.stringContaining('@'), groups: {} })
    expect(explain(settings, 'smtpHost')[0]).toMatchObject({ source: 'demo', value: '127.0.0.1' })
    expect(explain(settings, 'smtpUser')[0]?.candidates.filter(({ wins }) => wins)).toEqual([])
  })

  it('refuses a group that is not a list of addresses', async () => {
    await platform.write({ 'sluice.config.ts': groups.replace('b@y.org', 'b') })
    expect(await failure()).toMatchObject({ message: expect.stringMatching(/mailGroups.ops: expected addresses/) })
  })
})

describe('where the server listens', () => {
  it('is this machine alone, unless it says otherwise', async () => {
    const { listen } = await load()
    expect(listen).toEqual({ host: '127.0.0.1', allowedHosts: [], trustedProxies: [], tls: null })
    expect([listensForThisMachine(listen), urlForPeople(listen, 4200)]).toEqual([true, 'http://127.0.0.1:4200'])
  })

  it('is reached under its names, by TLS of its own or of a proxy before it', async () => {
    const tls = { SLUICE_TLS_CERTIFICATE: 'tls/certificate.pem', SLUICE_TLS_KEY: '/etc/key.pem' }
    const own = await load({ SLUICE_HOST: '0.0.0.0', SLUICE_ALLOWED_HOSTS: 'Sluice.example.org, other.example', ...tls })
    expect(own.listen).toEqual({
      host: '0.0.0.0',
      allowedHosts: ['sluice.example.org', 'other.example'],
      trustedProxies: [],
      tls: { certificate: join(platform.root(), 'tls/certificate.pem'), key: '/etc/key.pem' },
    })
    expect([urlForPeople(own.listen, 443), urlForPeople(own.listen, 4200)]).toEqual([
      'https://sluice.example.org',
      'https://sluice.example.org:4200',
    ])
    const unnamed = await load({ SLUICE_HOST: '::1', ...tls })
    expect(urlForPeople(unnamed.listen, 4200)).toBe('https://[::1]:4200')
    const proxied = await load({ SLUICE_ALLOWED_HOSTS: 'sluice.example.org', SLUICE_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8, ::1' })
    expect(proxied.listen.trustedProxies).toEqual(['127.0.0.1', '10.0.0.0/8', '::1'])
    expect([listensForThisMachine(proxied.listen), urlForPeople(proxied.listen, 4200)]).toEqual([true, 'https://sluice.example.org'])
    const address = await load({ SLUICE_HOST: '192.0.2.7', ...tls })
    expect([address.listen.allowedHosts, urlForPeople(address.listen, 4200)]).toEqual([['192.0.2.7'], 'https://192.0.2.7:4200'])
  })

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['passwords in clear', { SLUICE_HOST: '0.0.0.0', SLUICE_ALLOWED_HOSTS: 'a.example' }, /in clear/],
    ['half of a certificate', { SLUICE_TLS_KEY: 'key.pem' }, /SLUICE_TLS_CERTIFICATE is not set/],
    ['no name', { SLUICE_HOST: '::', SLUICE_TRUSTED_PROXIES: '10.0.0.1' }, /needs a name/],
    ['a name with a scheme', { SLUICE_ALLOWED_HOSTS: 'https://a.example' }, /names without scheme and port/],
    ['a name with a port', { SLUICE_ALLOWED_HOSTS: 'a.example:443' }, /names without scheme and port/],
    ['every proxy', { SLUICE_TRUSTED_PROXIES: '0.0.0.0/0' }, /addresses or networks/],
    ['a proxy by name', { SLUICE_TRUSTED_PROXIES: 'proxy.example' }, /addresses or networks/],
    ['a host by name', { SLUICE_HOST: 'sluice.example.org' }, /an address of this machine/],
  ])('refuses %s', async (_, env, words) => {
    const error = (await failure(env)) as Error & { next: string }
    expect([error.message, error.next.length > 10]).toEqual([expect.stringMatching(words), true])
  })
})

describe('passwords in URLs', () => {
  it.each([
    'postgres://u:Super@Secret/Pw@localhost:1/db',
    'postgres://u:pa/ss@host/db',
    'postgres://u:1/x@host:1/db',
    'postgres://u:a?b@host/db',
    'postgres://u:a@b@host/db',
  ])('that are not encoded are refused, and no part of %s is shown', async (url) => {
    const error = (await failure({ SLUICE_DATABASE_URL: url })) as Error & { next: string }
    expect(error.message).toMatch(/databaseUrl: expected a URL .* %40/)
    expect(error.message + error.next + JSON.stringify(error)).not.toMatch(/Secret|Super|pa\/ss|host:1/)
  })

  it('are masked where settings are shown, also of a setting that is not a secret', async () => {
    for (const [url, shown] of [
      ['https://u:pw@api.example/x', 'https://u:****@api.example/x'],
      ['https://u:p@w@api.example', 'https://u:****@api.example'],
      ['https://:pw@api.example', 'https://:****@api.example'],
      ['https://api.example:8080/a:b@c', 'https://api.example:8080/a:b@c'],
    ] as const) {
      const settings = await load({ SHOP_URL: url })
      expect(explain(settings, 'SHOP_URL')[0]?.value).toBe(shown)
      if (url !== shown) expect(JSON.stringify(explainAll(settings))).not.toContain(url)
    }
  })
})
