/** An active corridor of one's own, opened through the gateway with signed documents. @module */
import { invariant } from '@sez/core/invariant'
import {
  agreementText,
  definitionText,
  type Head,
  type Party,
} from '@sez/corridor/documents.fixture'
import type { TestZone } from '../zone.fixture.ts'

export interface CorridorGround {
  /** Where its chain stands now. */
  head(): Promise<Head>
}

/** Creates, proposes and activates a corridor between these parties. */
export async function corridorGround(
  zone: TestZone,
  id: string,
  parties: readonly Party[],
): Promise<CorridorGround> {
  const { zoneId, did } = zone.identity
  const definition = definitionText(id, parties, { zoneId, did })
  const agreements = parties.map((party) => agreementText(definition, party, parties))
  const participants = parties.map((party) => ({ did: party.did, role: 'zone_authority' }))
  const steps = {
    createCorridor: ['CreateCorridorInput', { id, title: id, participants }],
    proposeCorridor: ['ProposeCorridorInput', { definition, expectedVersion: 1 }],
    activateCorridor: ['ActivateCorridorInput', { agreements, expectedVersion: 2 }],
  } as const
  for (const [mutation, [type, input]] of Object.entries(steps)) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { log { eventId } } }`
    const { errors } = await zone.ask(query, { input }, { as: ['ADMIN'] })
    invariant(errors.length === 0, `${mutation} is refused: ${errors[0]?.extensions.code}`)
  }
  return {
    async head() {
      const query = 'query ($id: ID!) { corridor(id: $id) { head { receiptCount nextRoot } } }'
      const { data } = await zone.ask(query, { id }, { as: ['AUDITOR'] })
      return Object(data).corridor.head
    },
  }
}
