import { describe } from 'vitest'
import { placeOf, temporaryFolder } from './testing/place.ts'
import { storeCases } from './testing/store.cases.ts'
import { tableCases } from './testing/table.cases.ts'

const place = () => placeOf({ kind: 'local', folder: temporaryFolder() })

describe('the local disk as a store', () => storeCases(place))
describe('tables on the local disk', () => tableCases(place))
