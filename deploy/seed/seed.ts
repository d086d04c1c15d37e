/** Fills a development zone with the worked example, once. @module */
import type { Zone } from '../zone.ts'
import { seedCorridors } from './corridors.ts'
import { seedEntities } from './entities.ts'
import { personOf } from './persons.ts'

/**
 * Makes what is missing of the worked example: companies in every state, three corridors, a hundred
 * receipts. Answers false when all of it was there.
 *
 * @throws {SezError} `DEVELOPMENT_ONLY` in production.
 */
export async function seedZone(zone: Pick<Zone, 'groundOf'>): Promise<boolean> {
  const companies = await seedEntities(zone.groundOf('entities'))
  return seedCorridors(zone.groundOf('corridor'), {
    observers: [personOf('PARTNER')],
    company: companies.get('indus') ?? null,
  })
}
