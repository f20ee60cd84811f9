import { expect, test } from 'vitest'
import { installedFor, noticesFor } from './bill.ts'

const lock = {
  'node_modules/a': { dependencies: { b: '^1.0.0' } },
  'node_modules/a/node_modules/b': { dependencies: { c: '^1.0.0' } },
  'node_modules/b': {},
  'node_modules/c': { optionalDependencies: { '@d/linux': '1.0.0', '@d/absent': '1.0.0' } },
  'node_modules/@d/linux': {},
  'node_modules/other': {},
}

test('what an install brings is found as Node finds it: the nearest of a name', () => {
  expect([...installedFor(['a'], lock)]).toEqual([
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/c',
    'node_modules/@d/linux',
  ])
})

const notices = `# Notices

In docs/sbom.cdx.json.

## Inside the packages

### @d/linux

### other

## Licences of what the embedded PostgreSQL holds

### openssl

## Licence of Node

## Licences of the packages

### c 1.0.0, @d/linux 1.0.0

~~~~text
## no heading
~~~~

### other 1.0.0
`

test('the notices are those of the packages that come along', () => {
  const locked = ['c', '@d/linux'].map((name) => ({ name, version: '1.0.0', licence: 'MIT', sha512: '', folder: `node_modules/${name}` }))
  expect(noticesFor(notices, locked)).toBe(`# Notices

In sbom.cdx.json.

## Inside the packages

### @d/linux

## Licences of the packages

### c 1.0.0, @d/linux 1.0.0

~~~~text
## no heading
~~~~
`)
})
