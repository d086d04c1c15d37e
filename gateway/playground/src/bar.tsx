/** The bar over the editors: whose zone, which role, whose DID, light or dark. @module */
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { type ReactNode, useEffect, useSyncExternalStore } from 'react'
import { roleFacts } from './roles.ts'
import type { Session } from './session.ts'

export function Bar(props: {
  readonly session: Session
  readonly onRole: (role: string) => void
  readonly onTab: (tab: { readonly id: string; readonly operationName: string | null }) => void
  readonly onRestore: () => void
}): ReactNode {
  const standing = useSyncExternalStore(props.session.follow, props.session.current)
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex])
  const { onTab } = props
  useEffect(() => {
    if (tab !== undefined) onTab(tab)
  }, [tab, onTab])
  const about = roleFacts.find(({ name }) => name === standing.role)?.about ?? ''
  return (
    <header className="sez-bar">
      <h1>SEZ playground</h1>
      <label className="sez-role">
        <span>Act as</span>
        <select
          aria-label="Role"
          value={standing.role}
          onChange={(event) => props.onRole(event.currentTarget.value)}
        >
          {roleFacts.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Holder did={standing.did} problem={standing.problem} about={about} />
      <nav className="sez-actions">
        <button type="button" onClick={props.onRestore} title="Close all tabs, open the examples">
          Restore examples
        </button>
        <ThemeSwitch />
      </nav>
    </header>
  )
}

function Holder(props: {
  readonly did: string | null
  readonly problem: string | null
  readonly about: string
}): ReactNode {
  return (
    <p className="sez-holder" aria-live="polite">
      {props.problem === null ? (
        <span className="sez-about">{props.about}</span>
      ) : (
        <span className="sez-problem">{props.problem}</span>
      )}
      {props.did === null ? null : (
        <code data-testid="did" title={props.did}>
          {props.did}
        </code>
      )}
    </p>
  )
}

function ThemeSwitch(): ReactNode {
  const theme = useGraphiQL((state) => state.theme)
  const { setTheme } = useGraphiQLActions()
  const dark =
    theme === 'dark' || (theme === null && matchMedia('(prefers-color-scheme: dark)').matches)
  const next = dark ? 'light' : 'dark'
  return (
    <button type="button" onClick={() => setTheme(next)} aria-label={`Switch to ${next}`}>
      {dark ? 'Light' : 'Dark'}
    </button>
  )
}
