import { z } from 'zod'

export const warehouseOf = {
  project: z.string().min(1).optional().describe('the warehouse of this project; the whole platform unless given'),
}
