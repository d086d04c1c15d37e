/** Who the developer acts as: the chosen role, its token, and whose DID that is. @module */
import { anonymousRole } from './roles.ts'

export interface Standing {
  readonly role: string
  /** Whose token it is; null for nobody, or while it is being fetched. */
  readonly did: string | null
  /** Why there is no token for this role, for the eyes of the developer. */
  readonly problem: string | null
}

export interface Session {
  readonly current: () => Standing
  choose(role: string): void
  /** The Authorization header of the chosen role, fetched again before it runs out. */
  authorization(): Promise<string | null>
  /** Forgets the token, so that the next request asks for a new one. */
  renew(): void
  readonly follow: (listener: () => void) => () => void
}

interface Grant {
  readonly token: string
  readonly did: string
  readonly staleAtMs: number
}

/** A token whose lifetime the zone does not state is asked for again after this long. */
const lifetimeDefaultS = 300
/** A token is renewed after this share of its life. */
const renewalShare = 0.8

/**
 * A session on the zone's development issuer (`GET /dev/token?role=ROLE`).
 *
 * @param nowMs Monotonic milliseconds; only differences count.
 */
export function openSession(options: {
  readonly fetch: (url: string) => Promise<Response>
  readonly nowMs: () => number
  readonly role: string
}): Session {
  const listeners = new Set<() => void>()
  let standing: Standing = { role: options.role, did: null, problem: null }
  let grant: Promise<Grant | null> | null = null

  const show = (next: Standing): void => {
    standing = next
    for (const listener of listeners) listener()
  }

  const ask = async (role: string): Promise<Grant | null> => {
    if (role === anonymousRole) return null
    const answer = await requestGrant(options.fetch, role, options.nowMs)
    const refused = 'problem' in answer
    if (standing.role === role) {
      show({ role, did: refused ? null : answer.did, problem: refused ? answer.problem : null })
    }
    return refused ? null : answer
  }

  return {
    current: () => standing,
    choose(role) {
      if (role === standing.role && grant !== null) return
      show({ role, did: null, problem: null })
      grant = ask(role)
    },
    async authorization() {
      const held = await (grant ??= ask(standing.role))
      if (held === null) return null
      if (held.staleAtMs > options.nowMs()) return `Bearer ${held.token}`
      grant = ask(standing.role)
      const renewed = await grant
      return renewed === null ? null : `Bearer ${renewed.token}`
    },
    renew() {
      grant = null
    },
    follow(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

async function requestGrant(
  fetch: (url: string) => Promise<Response>,
  role: string,
  nowMs: () => number,
): Promise<Grant | { readonly problem: string }> {
  try {
    const response = await fetch(`/dev/token?role=${encodeURIComponent(role)}`)
    if (response.status === 404) {
      return { problem: 'This zone hands out no tokens: set Authorization under Headers.' }
    }
    if (!response.ok) return { problem: `The token request was refused (${response.status}).` }
    return parseGrant(await response.json(), nowMs())
  } catch (error) {
    return { problem: `No token: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function parseGrant(body: unknown, nowMs: number): Grant | { readonly problem: string } {
  const fields = typeof body === 'object' && body !== null ? body : {}
  const token = 'token' in fields ? fields.token : null
  const did = 'did' in fields ? fields.did : null
  const lifetimeS = 'lifetimeS' in fields ? fields.lifetimeS : null
  if (typeof token !== 'string' || typeof did !== 'string') {
    return { problem: 'The token answer lacks token or did.' }
  }
  const lifeS = typeof lifetimeS === 'number' ? lifetimeS : lifetimeDefaultS
  return { token, did, staleAtMs: nowMs + lifeS * 1_000 * renewalShare }
}
