import { describe } from 'vitest'
import { lakeCases } from '../testing/lake.cases.ts'

describe('a lake on the local disk', () => lakeCases())
