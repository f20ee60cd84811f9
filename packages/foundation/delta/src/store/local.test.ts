import { describe } from 'vitest'
import { placeOf, temporaryFolder } from './testing/place.ts'
import { storeSuite } from './testing/store-suite.ts'
import { tableSuite } from './testing/table-suite.ts'

const place = () => placeOf({ kind: 'local', folder: temporaryFolder() })

describe('the local disk as a store', () => storeSuite(place))
describe('tables on the local disk', () => tableSuite(place))
