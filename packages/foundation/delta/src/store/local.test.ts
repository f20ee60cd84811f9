import { describe } from 'vitest'
import { locationOf, temporaryFolder } from './testing/location.ts'
import { storeCases } from './testing/store.cases.ts'
import { tableCases } from './testing/table.cases.ts'

const location = () => locationOf({ kind: 'local', folder: temporaryFolder() })

describe('the local disk as a store', () => storeCases(location))
describe('tables on the local disk', () => tableCases(location))
