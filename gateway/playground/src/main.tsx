/** Mounts GraphiQL on this origin's /graphql, with the zone's examples as tabs. @module */
import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import './page.css'
import { GraphiQL } from 'graphiql'
import { createRoot } from 'react-dom/client'
import { Bar } from './bar.tsx'
import { type Example, exampleRole, examplesName, parseExamples } from './examples.ts'
import { openFetcher } from './fetcher.ts'
import { anonymousRole } from './roles.ts'
import { openSession } from './session.ts'
import { namedStorage, tabStateKey } from './storage.ts'

async function loadExamples(): Promise<readonly Example[]> {
  const response = await fetch('/playground/examples.json')
  return parseExamples(response.ok ? await response.json() : [])
}

function socketUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`
}

interface ActiveTab {
  readonly id: string
  readonly operationName: string | null
}

function mount(root: Element, examples: readonly Example[]): void {
  const storage = namedStorage(localStorage, examplesName(examples))
  const session = openSession({
    fetch: (url) => fetch(url),
    nowMs: () => performance.now(),
    role: examples[0]?.role ?? anonymousRole,
  })
  const fetcher = openFetcher({
    url: '/graphql',
    socketUrl: socketUrl(),
    session,
    fetch: (...request) => fetch(...request),
  })
  // A tab keeps the role the developer chose in it; an example's tab starts with its own.
  const roleByTab = new Map<string, string>()
  let active: string | null = null
  const enter = (tab: ActiveTab): void => {
    if (tab.id === active) return
    active = tab.id
    const role = roleByTab.get(tab.id) ?? exampleRole(examples, tab.operationName)
    if (role !== null) session.choose(role)
  }
  const choose = (role: string): void => {
    if (active !== null) roleByTab.set(active, role)
    session.choose(role)
  }
  const restore = (): void => {
    storage.clear()
    location.reload()
  }
  session.choose(session.current().role)
  const variables = examples[0]?.variables ?? null
  // GraphiQL leaves the first tab's variables empty unless told, and keeps a returning user's own.
  const fresh = storage.getItem(tabStateKey) === null && variables !== null
  createRoot(root).render(
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      defaultTabs={examples.map(({ query, variables }) => ({ query, variables }))}
      {...(fresh ? { initialVariables: variables } : {})}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>
        <span className="sez-logo">GraphiQL</span>
      </GraphiQL.Logo>
      <Bar session={session} onRole={choose} onTab={enter} onRestore={restore} />
    </GraphiQL>,
  )
}

const root = document.getElementById('root')
if (root !== null) mount(root, await loadExamples())
