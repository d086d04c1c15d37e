/** Whose tokens a zone accepts: configured issuers, or in development its own. @module */
import { type Authenticator, openAuthenticator } from '@sez/platform/auth'
import { systemClock } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import { type DevelopmentIssuer, openDevelopmentIssuer } from '@sez/platform/dev-issuer'

/** The built-in issuer, or null in production and where other issuers are configured. */
export async function openIssuer(config: Config): Promise<DevelopmentIssuer | null> {
  if (config.mode === 'production' || config.tokenIssuers.length > 0) return null
  const { mode, dataDir, tokenAudience: audience } = config
  return openDevelopmentIssuer({ mode, dataDir, audience, now: systemClock })
}

/** The authenticator over the configured issuers and the built-in one. */
export function openTokens(config: Config, issuer: DevelopmentIssuer | null): Authenticator {
  const configured = config.tokenIssuers.map(({ issuer: name, jwksUrl }) => ({
    issuer: name,
    keys: new URL(jwksUrl),
  }))
  const built = issuer === null ? [] : [{ issuer: issuer.issuer, keys: issuer.jwks }]
  return openAuthenticator({
    issuers: [...configured, ...built],
    audience: config.tokenAudience,
    now: systemClock,
  })
}
