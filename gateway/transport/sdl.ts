/** The SDL of a subgraph that runs, asked for as the gateway would ask (spec/27-subgraph-http.md §1). @module */
import { SezError } from '@sez/core/errors'
import { openAsserter } from '@sez/platform/assertion'
import { anonymous } from '@sez/platform/context'
import type { Logger } from '@sez/platform/log'
import { OperationTypeNode, parse } from 'graphql'
import { httpTransport } from './http.ts'
import { isDataObject, own } from '../plan/merge.ts'

const operation = 'query Sdl { _service { sdl } }'
const operationName = 'Sdl'
const document = parse(operation)

/**
 * Fetches the SDL, for an operator's tool that holds the assertion secret.
 *
 * @throws {SezError} `UPSTREAM_FAILED` also when the secret is not the subgraph's, `UPSTREAM_TIMEOUT`,
 *   `UPSTREAM_INVALID` when the answer holds no SDL.
 */
export async function fetchSubgraphSdl(options: {
  readonly subgraph: string
  readonly url: string | URL
  readonly secret: Uint8Array
  readonly correlationId: string
  readonly log: Pick<Logger, 'warn'>
  readonly now: () => Date
  readonly random: (bytes: number) => Uint8Array
}): Promise<string> {
  const { subgraph, url, log, now, correlationId } = options
  await using transport = httpTransport({
    subgraph,
    url,
    asserter: openAsserter(options),
    log,
    now,
  })
  const fetch = {
    service: subgraph,
    operation,
    operationName,
    kind: OperationTypeNode.QUERY,
    document,
    variableNames: [],
  }
  const result: unknown = await transport.send(
    { fetch, variables: '', representations: null },
    {
      caller: { ...anonymous, roles: new Set(['ADMIN']) },
      correlationId,
      signal: new AbortController().signal,
    },
  )
  const data = isDataObject(result) ? own(result, 'data') : null
  const service = isDataObject(data) ? own(data, '_service') : null
  const sdl = isDataObject(service) ? own(service, 'sdl') : null
  if (typeof sdl !== 'string') throw new SezError('UPSTREAM_INVALID', { subgraph })
  return sdl
}
