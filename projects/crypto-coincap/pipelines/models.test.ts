import { testModels } from 'sluice/testing'
import { test } from 'vitest'
import * as tests from '../models/tests.ts'

testModels(test, tests, { timeZone: 'Europe/Paris' })
