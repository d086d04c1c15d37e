/** The development desk: hands a token of any role to whoever sits at this machine. @module */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Did, parseDid } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import { isRole, type Role, roles } from '@sez/core/roles'
import type { DevelopmentIssuer } from '@sez/platform/dev-issuer'
import { sendJson } from '@sez/platform/http'

export interface DevelopmentDesk {
  /** Answers /dev/token and /.well-known/jwks.json; false leaves the request untouched. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
}

const tokenPath = '/dev/token'
const keysPath = '/.well-known/jwks.json'
const textHeaders = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}
const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d{1,5})?$/u

/**
 * Opens the desk. `GET /dev/token?role=PARTNER[&role=…][&did=did:key:…]` answers
 * {token, did, roles}, or with `&as=text` the bare token; without `did` it is for the person of the
 * worked example who plays the role.
 *
 * @param options `didOf` names the person who plays a role in the seed data.
 */
export function openDevelopmentDesk(options: {
  readonly issuer: DevelopmentIssuer
  readonly didOf: (role: Role) => Did
}): DevelopmentDesk {
  const { issuer, didOf } = options
  return {
    async handle(request, response) {
      const [path, search] = (request.url ?? '/').split('?', 2)
      if (path === keysPath) {
        sendJson(response, 200, issuer.jwks)
        return true
      }
      if (path !== tokenPath) return false
      requireNeighbour(request)
      const asked = new URLSearchParams(search)
      const wanted = asked.getAll('role')
      if (wanted.length === 0 || !wanted.every(isRole)) {
        const reason = `must be one or more of ${roles.join(' ')}`
        throw new SezError('VALIDATION_ERROR', {
          field: 'role',
          problems: [{ path: 'role', reason }],
        })
      }
      const given = asked.get('did')
      const [first] = wanted
      const did = given === null && first !== undefined ? didOf(first) : parseDid(given, 'did')
      const token = await issuer.token({ sub: did, roles: wanted })
      if (asked.get('as') === 'text') response.writeHead(200, textHeaders).end(token)
      else sendJson(response, 200, { token, did, roles: wanted })
      return true
    },
  }
}

/**
 * A page of another site must not read tokens through this machine's browser, neither by a
 * cross-origin request nor by a name of its own that it points at the loopback address.
 */
function requireNeighbour(request: IncomingMessage): void {
  const { host = '', origin } = request.headers
  const site = request.headers['sec-fetch-site']
  const isForeign =
    !loopback.test(host) ||
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  if (isForeign)
    throw new SezError('FORBIDDEN', { reason: 'the development desk serves this machine only' })
}
