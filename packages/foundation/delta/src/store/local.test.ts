import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { placeOf } from './testing/place.ts'
import { storeSuite } from './testing/store-suite.ts'
import { tableSuite } from './testing/table-suite.ts'

const place = () => placeOf({ kind: 'local', folder: mkdtempSync(join(tmpdir(), 'delta local-')) })

describe('the local disk as a store', () => storeSuite(place))
describe('tables on the local disk', () => tableSuite(place))
