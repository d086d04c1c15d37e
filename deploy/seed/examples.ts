/** Worked queries for the three audiences: tabs of the playground, and lines printed at the start. @module */
import type { PlaygroundExample } from '@sez/gateway/playground'

const dashboard: PlaygroundExample = {
  title: 'Dashboard: corridors at a glance',
  role: 'REGULATOR',
  variables: null,
  query: `# One request joins two subgraphs: corridors, and the companies behind their participants.
query CorridorsAtAGlance {
  corridors {
    nodes {
      id
      title
      state
      head { receiptCount nextRoot }
      participants {
        did
        role
        entity { legalName status registrationNumber }
      }
      lastReceipts(first: 5) { sequence transitionKind status timestamp }
    }
  }
}
`,
}

const register: PlaygroundExample = {
  title: 'Dashboard: the register, page by page',
  role: 'REGISTRAR',
  variables: { first: 5, after: null },
  query: `# Put pageInfo.endCursor into \`after\` for the next page.
query Register($first: Int!, $after: String) {
  entityCounts { status count }
  entities(first: $first, after: $after, orderBy: LEGAL_NAME_ASC) {
    nodes {
      id
      legalName
      status
      version
      nextMoves { event blockedBy }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
}

const refusal: PlaygroundExample = {
  title: 'Dashboard: a refusal that says what to do',
  role: 'CITIZEN',
  variables: {
    input: { legalName: 'Indus Valley Textiles', jurisdictionId: 'ATLANTIS', entityType: 'LLC' },
  },
  query: `# The answer names the code, the field at fault and what to do. Mend the input and run it again.
mutation NewCompany($input: CreateEntityInput!) {
  createEntity(input: $input) {
    entity { id legalName status version }
    log { eventId digest position }
  }
}
`,
}

const partner: PlaygroundExample = {
  title: 'Partner: follow a corridor',
  role: 'PARTNER',
  variables: { corridorId: 'pak-uae', after: null },
  query: `# Every event in order, then each as it happens. Keep the cursor: it is where you resume.
subscription Follow($corridorId: ID!, $after: String) {
  corridorEvents(corridorId: $corridorId, after: $after) {
    cursor
    kind
    streamSequence
    digest
    previousDigest
    receipt { sequence nextRoot signers }
    logCheckpoint
  }
}
`,
}

const proof: PlaygroundExample = {
  title: 'Partner: prove a receipt',
  role: 'PARTNER',
  variables: { corridorId: 'pak-uae', sequence: 7 },
  query: `# Save \`document\` to a file: \`sez verify proof\` checks it without this zone.
query Prove($corridorId: ID!, $sequence: Int!) {
  receiptProof(corridorId: $corridorId, sequence: $sequence) {
    size
    root
    document
    checkpoint { digest document }
  }
}
`,
}

const log: PlaygroundExample = {
  title: 'Developer: the zone and its log',
  role: 'AUDITOR',
  variables: null,
  query: `# Audit trail, event feed and partner streams are the same rows.
query ZoneLog {
  zone { id name did }
  latestCheckpoint { size root at document }
  logEntries(first: 5) {
    nodes { position stream type at digest hash }
  }
}
`,
}

export const examples: readonly PlaygroundExample[] = [
  dashboard,
  register,
  refusal,
  partner,
  proof,
  log,
]

/** What a newcomer may paste: the playground, and one ready query per audience. */
export function invitations(url: string): string[] {
  const ask = (role: string, query: string): string =>
    `  curl -s ${url}/graphql -H 'content-type: application/json' \\\n` +
    `    -H "authorization: Bearer $(curl -s '${url}/dev/token?role=${role}&as=text')" \\\n` +
    `    -d '${JSON.stringify({ query })}'`
  return [
    `Playground  ${url}/`,
    '',
    'Dashboard: corridors with the companies behind them',
    ask('REGULATOR', '{ corridors { nodes { id state participants { entity { legalName } } } } }'),
    '',
    "Partner: a corridor's history, page by page",
    ask(
      'PARTNER',
      '{ corridorEventLog(corridorId: "pak-uae", first: 3) { nodes { kind cursor digest } } }',
    ),
    '',
    'Developer: the zone and the newest checkpoint of its log',
    ask('AUDITOR', '{ zone { id did } latestCheckpoint { size root } }'),
  ]
}
